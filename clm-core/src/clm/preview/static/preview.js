"use strict";
// Follows the builds: shows what has changed in this page, and the errors of its deck over it.
(() => {
  const own = document.currentScript.dataset;
  const isDashboard = "dashboard" in own;
  const NAMES = { building: "Building", ok: "Up to date", failed: "Failed", gone: "Preview stopped" };

  function element(name, className, ...content) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }

  function problemBox(problem) {
    const box = element("div", "problem");
    box.append(element("p", "", element("b", "", `${problem.severity}: `), problem.message));
    const where = problem.place || problem.source;
    if (where) box.append(element("p", "", where));
    if (problem.excerpt) box.append(element("pre", "", problem.excerpt));
    if (problem.hint) box.append(element("p", "", problem.hint));
    return box;
  }

  // --- over a page ---

  // Apart from the styles of the page, but light or dark as the page is.
  const STYLE = `
    :host { position: fixed; inset: auto 1rem 1rem 1rem; z-index: 99999; max-width: 46rem; max-height: 70vh;
      margin: 0 auto; overflow: auto; font: 15px/1.5 system-ui, sans-serif; text-align: left;
      color: light-dark(#22262a, #dcdfe1); }
    :host(:not(.shown)) { display: none; }
    .problem { margin-top: .6rem; padding: .9rem 1.1rem; border: 1px solid light-dark(#e6b5bd, #63343d);
      border-left: 5px solid light-dark(#9c2438, #f08c9b); border-radius: 10px;
      background: light-dark(#fbecee, #2d1c20); box-shadow: 0 12px 40px rgb(0 0 0 / 25%); overflow-wrap: anywhere; }
    b { color: light-dark(#9c2438, #f08c9b); } p { margin: .15rem 0; } a { color: light-dark(#0a6a68, #63cbc2); }
    button { position: sticky; top: .8rem; float: right; margin: 1.3rem .8rem -3rem 0; padding: .1rem .6rem; font: inherit; font-size: 13px;
      cursor: pointer; color: inherit; background: light-dark(#fff, #1b1f23); border: 1px solid light-dark(#e6b5bd, #63343d);
      border-radius: 6px; }
    .problem:first-child p:first-child { padding-right: 4rem; }
    pre { margin: .5rem 0 0; overflow-x: auto; overflow-wrap: normal; font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; }
    @media print { :host { display: none; } }`;

  let overlay = null, hidden = "";
  function showOverlay(...boxes) {
    const text = boxes.map((box) => box.textContent).join("\n");
    if (!overlay) {
      const host = document.body.appendChild(element("div"));
      host.id = "clm-preview";
      host.setAttribute("role", "alert");
      const hide = element("button", "", "Hide");
      hide.addEventListener("click", () => {
        hidden = overlay.dataset.text;
        overlay.classList.remove("shown");
      });
      host.attachShadow({ mode: "open" }).append(element("style", "", STYLE), hide, element("div"));
      overlay = host;
    }
    overlay.dataset.text = text;
    overlay.shadowRoot.lastChild.replaceChildren(...boxes);
    overlay.classList.toggle("shown", text !== "" && text !== hidden);
    if (text !== hidden) hidden = "";
  }

  function goneBox() {
    const box = element("div", "problem");
    box.append(element("p", "", element("b", "", "This page is gone. "),
      "The course no longer has it; what you see is its last state."));
    const link = element("a", "", "All pages of the course");
    link.href = "/";
    box.append(element("p", "", link));
    return box;
  }

  // The text that the reader looks at stays where it is, even if text above it has changed.
  function anchor() {
    const headings = [...document.querySelectorAll("main :is(h1, h2, h3, h4)[id]")];
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 2);
    const heading = passed.pop();
    return heading && { id: heading.id, top: heading.getBoundingClientRect().top };
  }

  function keepPlace(page) {
    const state = { page, place: anchor(), y: scrollY };
    // Of a slide show: the slide, what of it has appeared, and whether there is the overview.
    if (window.Reveal?.isReady()) state.show = Reveal.getState();
    sessionStorage.setItem("clm-preview", JSON.stringify(state));
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem("clm-preview") || "null");
    sessionStorage.removeItem("clm-preview");
    if (!kept || kept.page !== own.page) return;
    if (kept.show) {
      document.addEventListener("ready", () => Reveal.setState(kept.show), { once: true });
      return;
    }
    history.scrollRestoration = "manual";
    const settle = () => {
      const heading = kept.place && document.getElementById(kept.place.id);
      const y = heading ? scrollY + heading.getBoundingClientRect().top - kept.place.top : kept.y;
      scrollTo({ top: y, behavior: "instant" });
    };
    settle();
    addEventListener("load", settle, { once: true });
  }

  // Files that this page shows, such as pictures, without that of the page.
  function uses(written) {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    return written.some((path) => loaded.some((url) => url.endsWith(encodeURI(`/${path}`))));
  }

  let isGone = false;
  function onPage(data) {
    const isNew = data.stamp && data.stamp !== own.stamp;
    if (isNew || uses(data.written)) {
      keepPlace(own.page);
      location.reload();
    } else if (data.moved) {
      keepPlace(decodeURIComponent(data.moved));
      location.replace(data.moved + location.hash);
    } else {
      // A page that is gone stays so during further builds.
      isGone = own.stamp && !data.stamp && (isGone || data.state !== "building");
      showOverlay(...data.problems.map(problemBox), ...(isGone ? [goneBox()] : []));
    }
  }

  // --- the dashboard ---

  const find = (selector) => document.querySelector(selector);

  function showStatus(data) {
    const status = find(".status");
    status.dataset.state = data.state;
    find(".status b").textContent = NAMES[data.state];
    const isBuilding = data.state === "building";
    const counts = data.total ? `${data.done} of ${data.total} jobs` : "";
    const changed = data.changed.length ? `after a change of ${data.changed.slice(0, 3).join(", ")}` : "";
    const wrong = data.failed ? `${data.failed} ${data.failed === 1 ? "source" : "sources"} with errors` : "";
    const last = data.builds.length ? `last build at ${data.builds[0].time}` : "";
    const said = isBuilding ? [changed, counts, wrong] : [wrong, last];
    find(".status span").textContent = said.filter(Boolean).join(" · ");
    const bar = find(".status progress");
    bar.hidden = !(isBuilding && data.total);
    bar.max = data.total || 1;
    bar.value = data.done;
    find(".running").replaceChildren(...data.running.slice(0, 20).map((job) =>
      element("li", "", `${job.type}: ${job.source}`, element("i", "", `${job.seconds} s`))));
  }

  function showFacts(data) {
    const facts = (data.workers || []).map((workers) =>
      [`${workers.type}, ${workers.status}`, `${workers.count} ${workers.count === 1 ? "worker" : "workers"}`]);
    if (data.cache) {
      const { entries, bytes, hits, misses } = data.cache;
      facts.push(["cache", `${entries} results, ${(bytes / 1e6).toFixed(1)} MB`]);
      if (hits + misses) facts.push(["answered by the cache", `${Math.round(100 * hits / (hits + misses))} %`]);
    }
    find("#work").hidden = facts.length === 0;
    find(".facts").replaceChildren(...facts.map(([name, text]) => {
      const fact = element("div", "fact");
      fact.append(element("dt", "", name), element("dd", "", text));
      return fact;
    }));
  }

  function showBuilds(builds) {
    find("#builds").hidden = builds.length === 0;
    find("#report").hidden = !find("#report a").getAttribute("href");
    find("#builds tbody").replaceChildren(...builds.map((build) => {
      const jobs = (name) => build.jobs[name] || 0;
      const failed = jobs("failed") + jobs("cancelled");
      const numbers = [build.seconds, jobs("built"), jobs("cached"), jobs("skipped"), failed, build.written];
      const result = element("td", build.ok ? "" : "failed", build.ok ? "ok" : "failed");
      return element("tr", "", element("td", "", build.time), result,
        ...numbers.map((number) => element("td", "number", String(number))));
    }));
  }

  // A large course ends many jobs a second: the list is loaded at most once in that time.
  let listed = "", loading = false;
  async function loadList(data) {
    const wanted = `${data.built} ${data.done}`;
    if (loading || listed === wanted) return;
    loading = true;
    listed = wanted;
    let page = "";
    try {
      page = await (await fetch(location.pathname)).text();
    } catch {
      loading = false; // the preview has stopped
      return;
    }
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("#trees");
    const opened = new Map([...document.querySelectorAll("#trees details")].map((d) => [key(d), d.open]));
    for (const details of fresh?.querySelectorAll("details") || []) {
      if (opened.has(key(details))) details.open = opened.get(key(details));
    }
    if (fresh && fresh.innerHTML !== find("#trees").innerHTML) find("#trees").replaceWith(fresh);
    setTimeout(() => { loading = false; loadList(latest); }, 1000);
  }
  const key = (details) =>
    `${details.parentElement.querySelector("h2").textContent} ${details.querySelector("summary").textContent}`;

  let latest = null;
  function onDashboard(data) {
    latest = data;
    showStatus(data);
    find("#problems").replaceChildren(...data.problems.map(problemBox));
    showFacts(data);
    showBuilds(data.builds);
    loadList(data);
  }

  // --- events ---

  const RETRY_MS = 3000;
  const show = isDashboard ? onDashboard : onPage;
  let events = null;
  function follow() {
    if (events || document.hidden) return;
    events = new EventSource(isDashboard ? "/~events" : `/~events?page=${encodeURIComponent(own.page)}`);
    events.onmessage = (message) => show(JSON.parse(message.data));
    events.onerror = () => {
      if (isDashboard) {
        find(".status").dataset.state = "gone";
        find(".status b").textContent = NAMES.gone;
      }
      // The browser itself tries again only after some errors.
      if (events?.readyState === EventSource.CLOSED) {
        events = null;
        setTimeout(follow, RETRY_MS);
      }
    };
  }

  // A browser opens only six connections to a server, so pages that nobody sees have none.
  function seen() {
    if (document.hidden) {
      events?.close();
      events = null;
    } else {
      follow();
    }
  }
  document.addEventListener("visibilitychange", seen);
  if (!isDashboard) restore();
  follow();
})();
