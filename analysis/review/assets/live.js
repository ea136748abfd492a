// Keeps an open page up to date. The server makes the words and the pictures; here they are only put in place.

const now = document.getElementById("now");
const day = document.getElementById("day");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const REFRESH_MS = Number(day.dataset.refreshS) * 1000;
const LEAST_REFRESH_MS = 800; // however fast events come in

/* The words and the figure. */

const places = [...now.querySelectorAll("[data-live]")];
const joints = { pelvis: document.getElementById("pelvis"), lumbar: document.getElementById("trunk") };
const target = { pelvis: 0, lumbar: 0 };
const shown = { pelvis: 0, lumbar: 0 };
let moving = false;

function turn() {
  let still = true;
  for (const [name, joint] of Object.entries(joints)) {
    const rest = target[name] - shown[name];
    shown[name] = calm.matches || Math.abs(rest) < 0.2 ? target[name] : shown[name] + 0.25 * rest;
    still &&= shown[name] === target[name];
    joint.setAttribute("transform", `rotate(${shown[name].toFixed(1)})`);
  }
  moving = !still;
  if (moving) requestAnimationFrame(turn);
}

function tell(state) {
  // A pause changes more of the page than words: it is drawn anew.
  if (state.reminders.is_paused !== ("paused" in now.dataset)) location.reload();
  for (const place of places) {
    const words = state[place.dataset.live];
    if (place.textContent !== words) place.textContent = words;
  }
  remind(state.reminders);
  target.pelvis = state.angles.pelvis ?? 0;
  target.lumbar = state.angles.lumbar ?? 0;
  if (!moving) turn();
  now.classList.remove("silent");
}

/* Reminders: their words, and the answers that make sense. A button that has the focus stays until it is left. */

const reminders = document.getElementById("reminders");

function remind(state) {
  for (const place of reminders.querySelectorAll("[data-reminder]")) {
    const words = state[place.dataset.reminder];
    if (place.textContent !== words) place.textContent = words;
  }
  for (const place of reminders.querySelectorAll("[data-answer]")) {
    const hidden = !state.answers[place.dataset.answer];
    if (!(hidden && place.contains(document.activeElement))) place.hidden = hidden;
  }
  reminders.classList.toggle("urgent", state.is_urgent);
}

/* The day: sections that changed are exchanged, the others stay untouched, and so does the reader's place. */

let refreshedAt = performance.now();
let refreshing = false;
let edition = "none";

async function refresh() {
  refreshing = true;
  try {
    const answer = await fetch(day.dataset.url, { cache: "no-store", headers: { "If-None-Match": edition } });
    if (!answer.ok) return; // 304: nothing new
    edition = answer.headers.get("ETag");
    exchange(await answer.text());
  } catch {
    now.classList.add("silent"); // the gateway is away; the next turn tries again
  } finally {
    refreshing = false;
    refreshedAt = performance.now();
  }
}

function exchange(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const [glance, old] = [fresh.getElementById("glance"), document.getElementById("glance")];
  if (glance && old && glance.outerHTML !== old.outerHTML) old.replaceWith(glance);
  const sections = [...fresh.querySelectorAll("[data-part]")];
  const same = sections.length === day.children.length && sections.every((each, i) => each.id === day.children[i].id);
  if (!same) {
    day.replaceChildren(...sections);
    return;
  }
  for (const section of sections) {
    const old = document.getElementById(section.id);
    // Open folds belong to the reader, not to the data.
    for (const fold of old.querySelectorAll("details[open]")) {
      section.querySelector(`#${CSS.escape(fold.id)}`)?.setAttribute("open", "");
    }
    if (old.outerHTML === section.outerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : null;
    old.replaceWith(section);
    if (focused) document.getElementById(focused)?.querySelector("summary")?.focus();
  }
}

/* When to ask: soon after something was stored, else now and then, because the open posture grows. */

let revision = null;
let stale = false;

function due() {
  const wait_ms = stale ? LEAST_REFRESH_MS : REFRESH_MS;
  if (refreshing || document.hidden || performance.now() - refreshedAt < wait_ms) return;
  stale = false;
  refresh();
}

const stream = new EventSource(now.dataset.stream);
stream.onmessage = (message) => {
  const state = JSON.parse(message.data);
  tell(state);
  stale ||= revision !== null && state.revision !== revision;
  revision = state.revision;
  due();
};
// A stream that ended is opened anew by the browser; only one that cannot be is worth a word.
stream.onerror = () => now.classList.toggle("silent", stream.readyState === EventSource.CLOSED);
setInterval(due, REFRESH_MS);

/* On paper nothing can be unfolded: all of it is there, and as it was again afterwards. */

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("#day details:not([open])")];
  for (const fold of folded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of folded) fold.open = false;
});
