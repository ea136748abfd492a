// Moves the two segments through a bend. Without a script the curves say the same.

const mover = document.getElementById("mover");
const chart = document.getElementById("chart");
const curve = JSON.parse(mover.dataset.curve);
const time = document.getElementById("time");
const play = document.getElementById("play");
const read = document.getElementById("read");
const cursor = document.getElementById("cursor");
const joints = { pelvis: document.getElementById("pelvis"), trunk: document.getElementById("trunk") };
const [LEFT, RIGHT] = [46, 632];
const last = Math.max(curve.trunk_deg.length, curve.pelvis_deg.length) - 1;

function show(index) {
  const trunk = curve.trunk_deg[index] ?? curve.pelvis_deg[index] ?? 0;
  const pelvis = curve.pelvis_deg[index] ?? trunk;
  joints.pelvis.setAttribute("transform", `rotate(${pelvis})`);
  joints.trunk.setAttribute("transform", `rotate(${trunk - pelvis})`);
  const x = LEFT + ((RIGHT - LEFT) * index) / last;
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
  time.value = index;
  read.value = `${(index * curve.dt_s).toFixed(1)} s: trunk ${Math.round(trunk)}°`;
}

let begun = null;

function step(now) {
  if (begun === null) return;
  const index = Math.min(last, Math.round((now - begun) / 1000 / curve.dt_s));
  show(index);
  if (index < last) requestAnimationFrame(step);
  else stop();
}

function stop() {
  begun = null;
  play.textContent = "Play";
}

if (last > 0) {
  mover.hidden = false;
  chart.classList.add("moving");
  time.max = last;
  show(0);
  time.addEventListener("input", () => {
    stop();
    show(Number(time.value));
  });
  play.addEventListener("click", () => {
    if (begun !== null) return stop();
    begun = performance.now() - (Number(time.value) < last ? Number(time.value) : 0) * curve.dt_s * 1000;
    play.textContent = "Stop";
    requestAnimationFrame(step);
  });
}
