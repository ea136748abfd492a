// Moves the bar and counts the hinges. The server makes the words and the places; here they are only put in.

const practice = document.getElementById("practice");
const hinges = document.getElementById("hinges");
const bar = {
  hips: document.getElementById("bar-hips"),
  limit: document.getElementById("bar-limit"),
  own: document.getElementById("bar-own"),
  now: document.getElementById("bar-now"),
};

function put(name, words) {
  const place = practice.querySelector(`[data-live=${name}]`);
  if (place && place.textContent !== words) place.textContent = words;
}

function move(shape, to) {
  shape.setAttribute("transform", `translate(${to ?? -1000} 0)`);
}

function count(done) {
  // Of a hinge that was counted too soon nothing stays.
  const same = (each, i) => hinges.children[i]?.dataset.is === `${each.kind} ${each.hollow}`;
  if (done.length === hinges.children.length && done.every(same)) return;
  hinges.replaceChildren(
    ...done.map((each) => {
      const item = document.createElement("li");
      item.dataset.is = `${each.kind} ${each.hollow}`;
      const sign = practice.querySelector(`[data-sign="${each.kind}${each.hollow ? " hollow" : ""}"]`);
      const [words, number] = [document.createElement("span"), document.createElement("span")];
      number.className = "of";
      number.textContent = each.number;
      words.append(number, ` ${each.word}`);
      item.append(sign.content.cloneNode(true), " ", words);
      return item;
    }),
  );
}

const stream = new EventSource(practice.dataset.stream);
stream.onmessage = (message) => {
  const state = JSON.parse(message.data);
  if (state.page !== practice.dataset.page) {
    stream.close();
    location.replace("/practice"); // what is on the page has changed, not only its words
    return;
  }
  if (!state.is_open) return;
  put("count", state.count);
  put("said", state.said);
  count(state.hinges);
  if (!state.bar || !bar.now) return;
  put("bar", state.bar.text);
  bar.hips.setAttribute("width", Math.max(0, state.bar.limit - state.bar.zero));
  move(bar.limit, state.bar.limit);
  move(bar.own, state.bar.own);
  move(bar.now, state.bar.now);
};
