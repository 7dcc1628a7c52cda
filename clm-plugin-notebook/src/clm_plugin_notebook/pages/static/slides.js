// Slide shows, on screens and on paper.
Object.assign(clm, {
  async show(options) {
    const root = document.querySelector(".reveal");
    const print = /print-pdf/i.test(location.search);
    if (print) {
      document.documentElement.dataset.theme = "light";
      document.documentElement.classList.add("print-pdf");
      // Nobody can open it on paper.
      for (const folded of root.querySelectorAll("details.folded")) folded.open = true;
    }
    const narrow = !print && clm.narrow(options);
    if (!print) clm.tracebacks?.();
    clm.unsection();
    try {
      // All slides have their size only while they are shown.
      if (!narrow) root.classList.add("measuring");
      root.style.setProperty("--slide-width", `${options.width}px`);
      root.style.setProperty("--slide-height", `${options.height}px`);
      await clm.maths();
      await clm.diagrams();
      await clm.figures();
      await Promise.allSettled([...root.querySelectorAll("img")].map((image) => image.decode()));
      await document.fonts.ready;
      if (!narrow) clm.fit(print ? "shrink" : root.dataset.overflow, options.height, print);
      root.classList.remove("measuring");
      if (narrow) clm.stack(options);
      else if (print) clm.paginate(options);
      else await clm.start(options);
    } finally {
      document.documentElement.dataset.ready = "true";
    }
  },

  // Sections are slides for reveal.js, also those of footnotes and of authors within a slide.
  unsection() {
    for (const section of document.querySelectorAll(".slide-body section")) {
      const box = document.createElement("div");
      for (const { name, value } of section.attributes) box.setAttribute(name, value);
      box.append(...section.childNodes);
      section.replaceWith(box);
    }
  },

  // Whether the screen is too narrow for whole slides; they follow when it is turned. The small
  // frames of a speaker's view show whole slides nevertheless.
  narrow(options) {
    const width = options.scrollActivationWidth;
    if (!width || options.view || /[?&]receiver/.test(location.search)) return false;
    options.scrollActivationWidth = null;
    const query = `(max-width: ${width}px)`;
    const isNarrow = matchMedia(query).matches;
    // Paper is narrow, too, but does not resize the window.
    addEventListener("resize", () => {
      if (matchMedia(query).matches !== isNarrow) location.reload();
    });
    document.documentElement.classList.toggle("narrow", isNarrow);
    return isNarrow;
  },

  // Slides one below the other; the address is that of the slide in view, as in a show.
  stack(options) {
    const first = options.hashOneBasedIndex ? 1 : 0;
    const places = new Map();
    document.querySelectorAll(".slides > section").forEach((stack, h) => {
      const slides = stack.querySelectorAll(":scope > section");
      for (const [v, slide] of [...(slides.length ? slides : [stack])].entries()) {
        places.set(slide, `#/${h + first}${v ? `/${v + first}` : ""}`);
      }
    });
    for (const [slide, place] of places) {
      slide.dataset.of = places.size;
      if (place === location.hash) slide.scrollIntoView();
    }
    if (!options.hash) return;
    const seen = new IntersectionObserver((entries) => {
      const slide = entries.filter((entry) => entry.isIntersecting).pop()?.target;
      if (slide) history.replaceState(null, "", places.get(slide));
    }, { rootMargin: "-2% 0px -97% 0px" });
    for (const slide of places.keys()) seen.observe(slide);
    clm.focusable();
    addEventListener("resize", clm.focusable);
  },

  async start(options) {
    await clm.load("reveal");
    if (await clm.load("notes")) options.plugins = [RevealNotes];
    await Reveal.initialize(options);
    for (const event of ["slidechanged", "resize", "overviewshown", "overviewhidden"]) {
      Reveal.on(event, clm.presentOnly);
    }
    clm.presentOnly();
  },

  // The keyboard does not enter the slides beside the one that is shown.
  presentOnly() {
    const all = Reveal.isOverview() || Reveal.isScrollView();
    for (const slide of Reveal.getSlides()) {
      slide.inert = !all && slide !== Reveal.getCurrentSlide();
    }
    clm.resized();
  },

  // One page a slide, in the order of the show; reveal.js is not needed for it.
  paginate(options) {
    const style = document.createElement("style");
    const margin = Math.round(options.width * options.margin);
    const size = `${options.width + 2 * margin}px ${options.height + 2 * margin}px`;
    style.textContent = `@page { size: ${size}; margin: 0 }`;
    document.head.append(style);
    document.documentElement.classList.add("paginated");
    document.documentElement.style.setProperty("--slide-width", `${options.width}px`);
    document.documentElement.style.setProperty("--slide-height", `${options.height}px`);
    document.documentElement.style.setProperty("--slide-margin", `${margin}px`);
    const footer = document.querySelector(".slide-footer");
    if (!footer) return;
    for (const body of document.querySelectorAll(".slide-body")) body.after(footer.cloneNode(true));
  },

  // What is higher than its slide becomes smaller, but not its heading. What would be too small to
  // read scrolls, but on paper.
  fit(overflow, height, print) {
    if (!print) height -= 36; // the footer is near, and 18 are above
    for (const body of document.querySelectorAll(".slide-body")) {
      clm.fitHeight(body, overflow, height, print);
    }
    if (overflow === "shrink") clm.fitWidth(print);
    if (print) return;
    // What readers open makes its slide higher.
    document.querySelector(".reveal").addEventListener("toggle", (event) => {
      const body = event.target.closest(".slide-body");
      if (body) clm.fitHeight(body, overflow, height, false, Reveal.getScale());
    }, true);
  },

  fitHeight(body, overflow, height, print, scale = 1) {
    const [smallest, scrolling] = print ? [0.2, 0.2] : [0.6, 0.8];
    const fits = (zoom) => {
      body.style.zoom = zoom;
      body.style.setProperty("--shrunk", zoom);
      return body.getBoundingClientRect().height <= height * scale;
    };
    body.classList.remove("scrolls");
    body.style.height = "";
    if (overflow === "none" || fits(1)) {
      body.style.zoom = "";
      return;
    }
    let low = smallest;
    let high = 1;
    if (overflow === "shrink") {
      while (high - low > 0.02) {
        const middle = (low + high) / 2;
        if (fits(middle)) low = middle;
        else high = middle;
      }
      if (fits(low)) return;
    }
    const zoom = overflow === "shrink" ? scrolling : 1;
    if (!fits(zoom)) {
      body.classList.add("scrolls");
      body.style.height = `${Math.floor(height / zoom)}px`;
    }
  },

  // Code and tables that are a little too wide become smaller; wider ones scroll. On paper, code
  // has no long lines.
  fitWidth(print) {
    for (const box of document.querySelectorAll(".reveal :is(pre, .table-scroll, .output_html)")) {
      const inner = box.localName === "pre" ? box : box.querySelector("table");
      const shrunk = Number(box.closest(".slide-body")?.style.zoom) || 1;
      if (!inner || box.scrollWidth <= box.clientWidth) continue;
      const smallest = print ? 0.1 : Math.max(0.7, 0.6 / shrunk);
      let zoom = Math.floor((100 * box.clientWidth) / box.scrollWidth) / 100;
      for (; zoom >= smallest; zoom -= 0.02) {
        inner.style.zoom = zoom;
        if (box.scrollWidth <= box.clientWidth) break;
      }
      if (zoom < smallest) inner.style.zoom = "";
    }
  },
});
