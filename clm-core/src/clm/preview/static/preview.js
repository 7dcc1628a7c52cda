"use strict";
// Follows the builds: shows what has changed in this page, and the errors of its deck over it.
(() => {
  const own = document.currentScript.dataset;
  const isDashboard = "dashboard" in own;
  const NAMES = { building: "Building", ok: "Up to date", failed: "Failed", gone: "Preview stopped" };

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function problemBox(source, problem) {
    const box = element("div", "problem");
    const first = box.appendChild(element("p"));
    first.append(element("b", "", `${problem.severity}: `), problem.message);
    const where = problem.place || source;
    if (where) box.append(element("p", "", where));
    if (problem.excerpt) box.append(element("pre", "", problem.excerpt));
    if (problem.hint) box.append(element("p", "", problem.hint));
    return box;
  }

  function shownProblems(data) {
    return Object.entries(data.problems).flatMap(([source, problems]) =>
      isDashboard || !source || source === own.source
        ? problems.map((problem) => problemBox(source, problem)) : []);
  }

  // --- over a page ---

  const STYLE = `
    #clm-preview { all: initial; position: fixed; inset: auto 1rem 1rem 1rem; z-index: 99999;
      max-width: 46rem; max-height: 70vh; margin: 0 auto; overflow: auto; display: none;
      font: 15px/1.5 system-ui, sans-serif; color: #22262a; }
    #clm-preview.shown { display: block; }
    #clm-preview .problem { margin-top: .6rem; padding: .9rem 1.1rem; border: 1px solid #e6b5bd;
      border-left: 5px solid #9c2438; border-radius: 10px; background: #fbecee;
      box-shadow: 0 12px 40px rgb(0 0 0 / 25%); overflow-wrap: anywhere; }
    #clm-preview b { color: #9c2438; } #clm-preview p { margin: .15rem 0; }
    #clm-preview pre { margin: .5rem 0 0; overflow-x: auto; white-space: pre;
      font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; }`;

  let overlay = null;
  function showOverlay(data) {
    const boxes = shownProblems(data);
    if (!overlay) {
      document.head.appendChild(element("style")).textContent = STYLE;
      overlay = document.body.appendChild(element("div"));
      overlay.id = "clm-preview";
      overlay.setAttribute("role", "alert");
    }
    overlay.replaceChildren(...boxes);
    overlay.classList.toggle("shown", boxes.length > 0);
  }

  // The text that the reader looks at stays where it is, even if text above it has changed.
  function anchor() {
    const headings = [...document.querySelectorAll("main :is(h1, h2, h3, h4)[id]")];
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 2);
    const heading = passed.pop();
    return heading && { id: heading.id, top: heading.getBoundingClientRect().top };
  }

  function refresh() {
    const place = anchor();
    const state = { path: own.path, place, y: scrollY };
    // A slide show keeps its slide in the address.
    sessionStorage.setItem("clm-preview", JSON.stringify(state));
    location.reload();
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem("clm-preview") || "null");
    sessionStorage.removeItem("clm-preview");
    if (!kept || kept.path !== own.path) return;
    const settle = () => {
      const heading = kept.place && document.getElementById(kept.place.id);
      const y = heading ? scrollY + heading.getBoundingClientRect().top - kept.place.top : kept.y;
      scrollTo({ top: y, behavior: "instant" });
    };
    settle();
    addEventListener("load", settle, { once: true });
  }

  function onPage(data) {
    showOverlay(data);
    if (data.event === "built" && data.written.includes(own.path)) refresh();
  }

  // --- the dashboard ---

  async function onDashboard(data) {
    const status = document.querySelector(".status");
    status.dataset.state = data.state;
    status.querySelector("b").textContent = NAMES[data.state];
    const counts = data.total ? `${data.done} of ${data.total} jobs` : "";
    status.querySelector("span").textContent = data.state === "building"
      ? [counts, ...data.running].filter(Boolean).join(" · ") : "";
    document.querySelector("#problems").replaceChildren(...shownProblems(data));
    document.querySelector("#builds tbody").replaceChildren(...data.builds.map((build) => {
      const row = element("tr");
      const result = build.ok ? "ok" : "failed";
      for (const text of [build.time, result, build.seconds, build.written]) {
        row.append(element("td", "", String(text)));
      }
      return row;
    }));
    if (data.event === "built" || data.event === "job") {
      const page = await (await fetch(location.pathname)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("#trees");
      if (fresh) document.querySelector("#trees").replaceWith(fresh);
    }
  }

  const show = isDashboard ? onDashboard : onPage;
  let events = null;
  function follow() {
    if (events) return;
    events = new EventSource("/~events");
    events.onmessage = (message) => show(JSON.parse(message.data));
    events.onerror = () => {
      if (isDashboard) {
        const status = document.querySelector(".status");
        status.dataset.state = "gone";
        status.querySelector("b").textContent = NAMES.gone;
      }
    };
  }

  // A browser opens only six connections to a server, so pages that nobody sees have none.
  async function seen() {
    if (document.hidden) {
      events?.close();
      events = null;
    } else {
      follow();
    }
  }
  document.addEventListener("visibilitychange", seen);
  if (!isDashboard) restore();
  seen();
})();
