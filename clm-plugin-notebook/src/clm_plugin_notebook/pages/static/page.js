"use strict";
const clm = {
  // A packed script is unpacked here; a linked one is loaded from where it lies. Text of a deck may
  // have the same id, but sanitised decks have no scripts.
  async load(name) {
    const packed = document.querySelector(`script#clm-${name}`);
    if (!packed) return false;
    const script = document.createElement("script");
    if (packed.dataset.src) {
      script.src = packed.dataset.src;
      await new Promise((done, failed) => {
        script.onload = done;
        script.onerror = failed;
        document.head.append(script);
      });
    } else {
      const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      script.textContent = await new Response(stream).text();
      document.head.append(script);
    }
    packed.remove();
    return true;
  },

  // Formulas of sanitised decks have no styles and links, and cannot ask for those again.
  plainMaths: {
    packages: { "[-]": ["html", "bbox", "require"] },
    macros: { require: ["", 1], bbox: ["#2", 2, ""], mmlToken: ["", 1], href: ["#2", 2] },
  },

  async maths() {
    window.MathJax = {
      tex: {
        inlineMath: [["$", "$"], ["\\(", "\\)"]],
        displayMath: [["$$", "$$"], ["\\[", "\\]"]],
        processEscapes: true,
        tags: "ams",
        ...(document.documentElement.dataset.html ? clm.plainMaths : {}),
      },
      // The menu would load its parts from elsewhere.
      options: { enableMenu: false, ignoreHtmlClass: "tex2jax_ignore|mermaid" },
    };
    if (await clm.load("mathjax")) await MathJax.startup.promise;
  },

  async diagrams() {
    if (!(await clm.load("mermaid"))) return;
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", maxTextSize: 500000 });
    let number = 0;
    for (const element of document.querySelectorAll("pre.mermaid")) {
      const source = element.textContent;
      try {
        const { svg } = await mermaid.render(`clm-diagram-${++number}`, source);
        const figure = document.createElement("div");
        figure.className = "mermaid-diagram";
        figure.innerHTML = svg;
        const drawing = figure.querySelector("svg");
        const title = drawing.querySelector("title");
        drawing.setAttribute("role", "img");
        drawing.removeAttribute("aria-labelledby");
        drawing.setAttribute("aria-label", title ? title.textContent : source.trim());
        element.replaceWith(figure);
      } catch (error) {
        document.querySelectorAll(`#dclm-diagram-${number}`).forEach((rest) => rest.remove());
        element.insertAdjacentText("beforebegin", String(error.message || error));
      }
    }
  },

  // Figures draw themselves, some of them later; formulas in them need MathJax.
  async figures() {
    const output = ".output_subarea";
    if (!document.querySelector(`${output} script`)) return;
    if (window.MathJax && window.Plotly) {
      for (const plot of document.querySelectorAll(".js-plotly-plot")) Plotly.redraw(plot);
    }
    await new Promise((done) => {
      let quiet = setTimeout(done, 300);
      const observer = new MutationObserver(() => {
        clearTimeout(quiet);
        quiet = setTimeout(done, 300);
      });
      for (const element of document.querySelectorAll(output)) {
        observer.observe(element, { attributes: true, childList: true, subtree: true });
      }
      setTimeout(done, 5000);
    });
    clm.resized();
  },

  // Figures take the size of their place once they are seen.
  resized() {
    for (const plot of document.querySelectorAll(".js-plotly-plot")) {
      if (plot.offsetParent) Plotly.Plots.resize(plot);
    }
    clm.focusable();
  },

  // The keyboard reaches what can be scrolled, and need not pass by what cannot.
  focusable() {
    const selector =
      "pre, .output_subarea, .text_cell_render, .table-scroll, mjx-container, .slide-body";
    for (const element of document.querySelectorAll(selector)) {
      const wider = element.scrollWidth > element.clientWidth + 1;
      const higher = element.scrollHeight > element.clientHeight + 1;
      const scrolls = getComputedStyle(element).overflowX !== "visible" && element.clientWidth > 0;
      if (scrolls && (wider || higher)) element.setAttribute("tabindex", "0");
      else element.removeAttribute("tabindex");
    }
  },

  // Formulas and scripts may make links that run code; those in the text have been replaced.
  blockScriptLinks() {
    const running =
      /^(?:javascript|vbscript|livescript):|^data:(?:text\/(?:ht|x)ml|application\/x|image\/svg)/i;
    const runs = (url) => running.test((url || "").replace(/[\u0000-\u0020\u007f-\u00a0]+/g, ""));
    const address = (link) => link.getAttribute("href") || link.getAttribute("xlink:href");
    const check = (event) => {
      const link = event.target.closest?.("a, area");
      if (link && !link.download && runs(address(link))) event.preventDefault();
    };
    for (const kind of ["click", "auxclick"]) addEventListener(kind, check, true);
    const submit = (event) => {
      const own = event.submitter?.getAttribute("formaction");
      if (runs(own || event.target.getAttribute("action"))) event.preventDefault();
    };
    addEventListener("submit", submit, true);
  },

  // On paper, nobody opens what is folded.
  open() {
    document.querySelectorAll("details:is(.admonition, .answers, .traceback)").forEach((box) => {
      box.open = true;
    });
  },

  async decorate() {
    addEventListener("beforeprint", clm.open);
    clm.read?.();
    try {
      await clm.maths();
      await clm.diagrams();
      await clm.figures();
    } finally {
      clm.enlarging?.();
      clm.focusable();
      addEventListener("resize", clm.focusable);
      document.addEventListener("toggle", clm.resized, true);
      document.documentElement.dataset.ready = "true";
    }
  },
};
clm.blockScriptLinks();
