// Drawing of one diagram: `clmDraw(request)` returns a promise of its SVG and its problems.
"use strict";
{
  const frame = document.createElement("div");
  document.body.appendChild(frame);
  // Reproducible ids: random ones would make two runs differ.
  let prefix = "";
  let guids = 0;
  Editor.guid = () => `${prefix}-${++guids}`;
  Editor.replaceSvgDataUris = false;

  // draw.io sanitises each label several times, and DOMPurify copies its configuration each time.
  const purify = Graph.domPurify;
  const safeLabels = new Map();
  let configured = false;
  Graph.domPurify = (value, inPlace) => {
    if (inPlace || typeof value !== "string") {
      DOMPurify.clearConfig();
      configured = false;
      return purify(value, inPlace);
    }
    if (!safeLabels.has(value)) {
      if (!configured) DOMPurify.setConfig({ ...window.DOM_PURIFY_CONFIG, IN_PLACE: false });
      configured = true;
      safeLabels.set(value, DOMPurify.sanitize(value));
    }
    return safeLabels.get(value);
  };

  const loadScript = (name) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = name;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${name} cannot be loaded`));
      document.head.appendChild(script);
    });

  let stencils = null;
  const loadStencils = () => (stencils ??= loadScript("stencils.js"));

  const startMath = async () => {
    delete window.MathJax;
    const name = "math/tex-svg-full.js";
    // As in draw.io, but without the components that the script already contains.
    Editor.initMath(name, {
      options: {
        skipHtmlTags: { "[+]": ["text"] },
        ignoreHtmlClass: "geDisableMathJax",
        enableMenu: false,
        enableAssistiveMml: false,
      },
      loader: { load: ["input/asciimath", "ui/safe"] },
      startup: { typeset: false },
    });
    await new Promise((resolve, reject) => {
      const script = document.querySelector(`script[src='${name}']`);
      script.onload = resolve;
      script.onerror = () => reject(new Error("MathJax cannot be loaded"));
    });
    await MathJax.startup.promise;
  };
  let math = null;
  const loadMath = () => (math ??= startMath());

  const showLayers = (model, wanted) => {
    const found = [];
    for (const layer of model.getChildren(model.root) ?? []) {
      const name = layer.value?.getAttribute?.("label") || layer.value || "Background";
      found.push(name);
      model.setVisible(layer, wanted.includes(name));
    }
    return wanted.filter((name) => !found.includes(name));
  };

  const unknownShapes = (graph) => {
    const unknown = new Set();
    graph.view.states.visit((_, state) => {
      const shape = state.style?.shape;
      if (shape && shape !== "rect" && !shape.startsWith("stencil(") && !mxCellRenderer.defaultShapes[shape] &&
          !mxStencilRegistry.getStencil(shape)) {
        unknown.add(shape);
      }
    });
    return [...unknown];
  };

  const GENERIC = new Set([
    "serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "inherit", "initial",
    "unset", "math", "emoji",
  ]);
  const SAMPLE = "mmmwwwlliiWQ@#&0123456789";
  const measure = document.createElement("canvas").getContext("2d");
  const widthIn = (font) => {
    measure.font = `72px ${font}`;
    return measure.measureText(SAMPLE).width;
  };
  const isInstalled = (family) =>
    ["monospace", "serif", "sans-serif"].some(
      (generic) => widthIn(`${CSS.escape(family)}, ${generic}`) !== widthIn(generic));

  const missingFonts = (svg) => {
    const lists = new Set();
    for (const element of svg.querySelectorAll("[font-family], [face], [style*='font-family']")) {
      for (const name of ["font-family", "face"]) {
        if (element.getAttribute(name)) lists.add(element.getAttribute(name));
      }
      if (element.style?.fontFamily) lists.add(element.style.fontFamily);
    }
    const missing = new Set();
    for (const list of lists) {
      const names = list.split(",").map((name) => name.trim().replace(/^["']|["']$/g, ""));
      const first = names.find((name) => name);
      if (first && !GENERIC.has(first.toLowerCase()) && !isInstalled(first)) missing.add(first);
    }
    return [...missing].sort();
  };

  // A character that no font contains is drawn like U+10FFFD, which is certainly in none.
  const box = (text) => {
    measure.font = "72px Helvetica, Arial, sans-serif";
    const m = measure.measureText(text);
    return [m.width, m.actualBoundingBoxAscent, m.actualBoundingBoxRight].join(" ");
  };
  const missingCharacters = (svg) => {
    const nothing = box("\u{10fffd}");
    const unusual = new Set(svg.textContent.match(/[^\u0000-\u024f\s\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Cn}]/gu) ?? []);
    return [...unusual].filter((character) => box(character) === nothing).slice(0, 20);
  };

  const draw = async (request) => {
    if (request.stencils) await loadStencils();
    if (request.math) await loadMath();
    prefix = request.prefix;
    guids = 0;
    safeLabels.clear();
    frame.replaceChildren();
    if (request.fonts.length) {
      const fonts = document.createElement("style");
      fonts.textContent = request.fonts.join("\n");
      frame.appendChild(fonts);
      await Promise.all([...document.fonts].map((font) => font.load().catch(() => {})));
    }
    const container = document.createElement("div");
    frame.appendChild(container);
    const graph = new Graph(container);
    try {
      graph.foldingEnabled = false;
      graph.setEnabled(false);
      const node = mxUtils.parseXml(request.xml).documentElement;
      graph.mathEnabled = request.math;
      // Date and time are not among them: two builds would result in different pictures.
      graph.getGlobalVariable = (name) =>
        Object.hasOwn(request.variables, name) ? request.variables[name] : null;
      new mxCodec(node.ownerDocument).decode(node, graph.model);
      const decoded = Object.keys(graph.model.cells ?? {}).length;
      const unknownLayers = request.layers ? showLayers(graph.model, request.layers) : [];
      graph.view.validate();
      const bounds = graph.getGraphBounds();
      const size = [bounds.width, bounds.height];
      const result = { decoded, unknownLayers, size, svg: null };
      if (!(bounds.width > 0 || bounds.height > 0)) return result;
      if (size.some((side) => side > request.largest)) return result;
      await document.fonts.ready;
      const shadow = node.getAttribute("shadow") === "1";
      const own = node.getAttribute("background");
      const background = request.transparent ? null : own && own !== "none" ? own : "#ffffff";
      const svg = graph.getSvg(
        background, 1, request.border, false, null, true, true, null, null, shadow, true,
        request.theme, "diagram");
      if (request.math && Editor.mathJaxRendering) await MathJax.typesetPromise([svg]);
      if (request.fonts.length) {
        const rules = document.createElementNS(svg.namespaceURI, "style");
        rules.textContent = request.fonts.join("\n");
        svg.insertBefore(rules, svg.firstChild);
      }
      result.unknownShapes = unknownShapes(graph);
      result.missingFonts = missingFonts(svg);
      result.missingCharacters = missingCharacters(svg);
      result.svg = mxUtils.getXml(svg);
      return result;
    } finally {
      graph.destroy();
      frame.replaceChildren();
    }
  };

  window.clmDraw = draw;
}
