// The page at "/": a clinic's key from the tab, a photo to the public API, its case until it has ended, the pictures.
// The key is kept in sessionStorage and sent in a header; it is never part of an address.
"use strict";

const ENDED = new Set(["completed", "rejected", "failed", "canceled", "expired"]);
const SUGGESTIONS = {
  refer: "Suggestion: refer to a specialist",
  review: "Suggestion: to be reviewed by a clinician",
  no_refer: "No referral suggested; to be reviewed by a clinician all the same",
};
const LONGEST_SENDING_MS = 120000;
const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((go) => { setTimeout(go, ms); });
let shown = null; // the case whose pictures are on the page
let layers = new Map(); // class -> address of its layer in memory

class Refusal extends Error {
  constructor(status, problem) {
    const fields = (problem.errors || []).map((field) => `${field.loc.join(".")}: ${field.message}`);
    super([problem.detail || problem.title || `The server answered ${status}`, ...fields].join("\n"));
    this.status = status;
  }
}

function key() { return sessionStorage.getItem("key"); }

function newKey() { // randomUUID exists on safe origins only
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Ask the API, again where it says "not now" or nothing at all, for as long as `patience` milliseconds.
async function ask(path, options = {}, patience = 60000) {
  const giveUp = Date.now() + patience;
  const headers = { ...options.headers, Authorization: `Bearer ${key()}` };
  for (let attempt = 1; ; attempt += 1) {
    let wait = Math.min(8000, 500 * 2 ** attempt);
    try {
      const answer = await fetch(path, { ...options, headers, cache: "no-store" });
      if (answer.ok || answer.status === 304) return answer;
      const problem = await answer.json().catch(() => ({}));
      const refusal = new Refusal(answer.status, problem);
      if (![429, 502, 503, 504].includes(answer.status) && problem.code !== "idempotency_in_flight") throw refusal;
      wait = Number(answer.headers.get("Retry-After")) * 1000 || wait;
      if (Date.now() + wait > giveUp) throw refusal;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (Date.now() + wait > giveUp) throw new Error("The server does not answer.");
    }
    await pause(wait);
  }
}

function show(...ids) {
  for (const id of ["key-form", "photo-form", "problem", "way", "result", "again"]) $(id).hidden = !ids.includes(id);
}

function fail(error) {
  $("problem").textContent = error.message;
  if (error.status === 401) {
    sessionStorage.removeItem("key");
    $("problem").textContent = "The server does not know this key.";
    show("key-form", "problem");
    $("key").focus();
    return;
  }
  show("problem", "again");
  $("again").focus();
}

function step(name, words) {
  let reached = true;
  for (const item of $("steps").children) {
    const current = item.dataset.step === name;
    item.classList.toggle("reached", reached);
    if (current) { item.setAttribute("aria-current", "step"); reached = false; } else item.removeAttribute("aria-current");
  }
  if ($("status").textContent !== words) $("status").textContent = words;
}

function progress(body) {
  const { phase, queue_position: before, estimated_wait_s: seconds } = body.progress;
  const place = before > 0 ? ` Photos before this one: ${before}.` : "";
  const time = seconds > 0 ? ` About ${seconds} s still.` : "";
  const words = phase === "queued" ? "It is stored and waits for its turn." : "The model looks at it.";
  step(phase, phase === "done" ? "Done." : words + place + time);
}

async function submit(file) {
  const form = new FormData();
  form.append("image", file, "photo");
  const modality = document.querySelector("input[name=modality]:checked").value;
  form.append("metadata", new Blob([JSON.stringify({ modality })], { type: "application/json" }), "metadata.json");
  const answer = await ask("/v1/cases", { method: "POST", body: form, headers: { "Idempotency-Key": newKey() } }, LONGEST_SENDING_MS);
  return answer.json();
}

async function follow(known) {
  let body = known;
  while (!ENDED.has(body.state)) {
    progress(body);
    const answer = await ask(body.links.self, { headers: { "If-None-Match": `W/"${body.version}"`, Prefer: "wait=10" } });
    if (answer.status !== 304) {
      const newer = await answer.json();
      if (newer.version >= body.version) body = newer;
    }
    const held = answer.headers.has("Preference-Applied");
    if (!ENDED.has(body.state) && !held) await pause((Number(answer.headers.get("Retry-After")) || 1) * 1000);
  }
  progress(body);
  return body;
}

async function look(file) {
  show("way");
  step("sending", "The photo is being sent.");
  try {
    const body = await follow(await submit(file));
    if (body.result) await present(body);
    else refuse(body);
  } catch (error) {
    fail(error);
  }
}

function refuse(body) {
  const reasons = body.rejection ? body.rejection.reasons.map((reason) => reason.message) : [];
  if (body.error) reasons.push(body.error.detail || body.error.code);
  fail(new Error([`There is no result: the photo is ${body.state}.`, ...reasons].join("\n")));
}

async function picture(path) {
  const answer = await ask(path);
  return URL.createObjectURL(await answer.blob());
}

async function present(body) {
  forget();
  shown = body;
  const { result } = body;
  $("photo").src = await picture(body.links.image);
  $("class").value = result.explanation.target_class;
  await showLayer();
  $("sentence").textContent = result.explanation.sentence;
  $("notice").textContent = result.notice;
  $("decision").textContent = SUGGESTIONS[result.decision] || result.decision;
  fill($("reasons"), result.reasons, (reason) => element("li", reason.message));
  const ranked = Object.entries(result.probabilities ?? {}).sort((one, other) => other[1] - one[1]);
  fill($("probabilities"), ranked, ([name, share]) => row(name, share, name === result.label));
  const { model } = result;
  $("model").textContent = `Model ${model.name} (${model.status}), version ${model.version.slice(0, 12)}. Case ${body.id}.`;
  show("result", "again");
  $("result-title").focus();
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function row(name, share, explained) {
  const line = document.createElement("tr");
  line.classList.toggle("explained", explained);
  const option = $("class").querySelector(`option[value="${name}"]`);
  const head = element("th", option ? option.textContent : name);
  head.scope = "row";
  const bar = document.createElement("meter");
  bar.value = share;
  bar.setAttribute("aria-hidden", "true");
  const middle = document.createElement("td");
  middle.append(bar);
  line.append(head, middle, element("td", `${(share * 100).toFixed(1)} %`));
  return line;
}

function fill(parent, items, make) { parent.replaceChildren(...items.map(make)); }

async function showLayer() {
  const name = $("class").value;
  if (!layers.has(name)) layers.set(name, await picture(`${shown.links.self}/layer?class=${name}`));
  if (name !== $("class").value) return; // another one was picked meanwhile
  $("layer").src = layers.get(name);
  $("layer").alt = `Map of what speaks for: ${$("class").selectedOptions[0].textContent}`;
}

function fade() {
  $("opacity-shown").textContent = `${$("opacity").value} %`;
  $("layer").style.opacity = $("opacity").value / 100;
}

function forget() { // what is shown is in memory until it is given back
  for (const address of layers.values()) URL.revokeObjectURL(address);
  if ($("photo").src) URL.revokeObjectURL($("photo").src);
  layers = new Map();
  shown = null;
}

function begin() {
  show(key() ? "photo-form" : "key-form");
  $("file").value = "";
}

function takeKeyFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem("key", given);
    history.replaceState(null, "", location.pathname);
  }
}

function listen() {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("key", $("key").value.trim());
    $("key").value = "";
    begin();
  });
  $("forget").addEventListener("click", () => { sessionStorage.removeItem("key"); begin(); $("key").focus(); });
  $("again").addEventListener("click", () => { forget(); begin(); });
  $("file").addEventListener("change", () => { if ($("file").files.length) look($("file").files[0]); });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => event.preventDefault()); // a photo dropped beside is not opened
    $("drop").addEventListener(kind, () => $("drop").classList.toggle("over", kind === "dragenter" || kind === "dragover"));
  }
  $("drop").addEventListener("drop", (event) => { if (event.dataTransfer.files.length) look(event.dataTransfer.files[0]); });
  $("opacity").addEventListener("input", fade);
  $("class").addEventListener("change", () => showLayer().catch(fail));
  window.addEventListener("hashchange", () => { takeKeyFromAddress(); begin(); });
}

takeKeyFromAddress();
listen();
fade();
begin();
