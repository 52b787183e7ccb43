// The console works without this script, but for the class picker and the slider: it asks again for what is live,
// lays maps over photos, and asks back before what cannot be taken back.
"use strict";

const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

// A part of the page that is asked for again. Somebody who is signed out, or a campaign that is over, loads the page.
function live(part) {
  const again = () => { setTimeout(ask, Number(part.dataset.every) * 1000); };
  async function ask() {
    if (document.hidden || part.contains(document.activeElement)) { again(); return; }
    try {
      const answer = await fetch(part.dataset.live, { headers: { "X-Console-Live": "1" }, cache: "no-store" });
      if (answer.status === 401) { location.assign("/console/sign-in"); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      part.innerHTML = await answer.text(); // ours: rendered and escaped by the server
      part.classList.remove("stale");
      every("[data-over]", () => location.reload());
      confirmIn(part);
    } catch {
      part.classList.add("stale");
    }
    again();
  }
  again();
}

function viewer(part) {
  const layers = part.querySelectorAll("[data-layer]");
  const pick = part.querySelector("[data-class]");
  const slider = part.querySelector("[data-opacity]");
  const fade = () => layers.forEach((layer) => { layer.style.opacity = slider.value / 100; });
  pick.addEventListener("change", () => layers.forEach((layer) => { layer.src = layer.dataset.layer + pick.value; }));
  slider.addEventListener("input", fade);
  fade();
}

function confirmIn(part) {
  part.querySelectorAll("form[data-sure]").forEach((form) => {
    form.addEventListener("submit", (event) => { if (!confirm(form.dataset.sure)) event.preventDefault(); });
  });
}

every("[data-live]", live);
every("[data-viewer]", viewer);
every("[data-select]", (field) => field.addEventListener("focus", () => field.select()));
confirmIn(document);
