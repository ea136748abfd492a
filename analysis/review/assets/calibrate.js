// Shows what of the routine has been seen. The server makes the words; a new step is a new page.

const calibrate = document.getElementById("calibrate");

const stream = new EventSource(calibrate.dataset.stream);
stream.onmessage = (message) => {
  const state = JSON.parse(message.data);
  if (state.page !== calibrate.dataset.page) {
    stream.close();
    location.replace("/calibrate");
    return;
  }
  const told = { hint: state.hint };
  for (const step of state.steps) {
    told[step.step] = step.progress;
    const meter = calibrate.querySelector(`[data-meter=${step.step}]`);
    if (meter) meter.value = step.done;
  }
  for (const place of calibrate.querySelectorAll("[data-live]")) {
    const words = told[place.dataset.live];
    if (place.textContent !== words) place.textContent = words;
  }
};
