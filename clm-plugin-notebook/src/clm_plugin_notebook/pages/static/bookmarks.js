// Bookmarks have the text of headings, in which formulas are drawn: their text is written beside
// them, too small and pale to be seen.
(() => {
  const small = { sup: "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", sub: "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢ" };
  const usual = "0123456789+−=()ni";
  const raised = (text, kind) => {
    const letters = [...text].map((letter) => [...small[kind]][[...usual].indexOf(letter)]);
    if (letters.every(Boolean)) return letters.join("");
    return (kind === "sup" ? "^" : "_") + grouped(text);
  };
  const grouped = (text) => ([...text].length > 1 ? `(${text})` : text);
  const join = (nodes) => nodes.map(textOf).join("");
  const forms = {
    msup: ([base, sup]) => textOf(base) + raised(textOf(sup), "sup"),
    msub: ([base, sub]) => textOf(base) + raised(textOf(sub), "sub"),
    msubsup: ([base, sub, sup]) =>
      textOf(base) + raised(textOf(sub), "sub") + raised(textOf(sup), "sup"),
    munder: ([base, sub]) => textOf(base) + raised(textOf(sub), "sub"),
    munderover: ([base, sub, sup]) =>
      textOf(base) + raised(textOf(sub), "sub") + raised(textOf(sup), "sup"),
    mover: ([base]) => textOf(base),
    mfrac: ([over, under]) => `${grouped(textOf(over))}/${grouped(textOf(under))}`,
    msqrt: (nodes) => `√${grouped(join(nodes))}`,
    mroot: ([base, index]) => raised(textOf(index), "sup") + `√${grouped(textOf(base))}`,
    mtr: (nodes) => nodes.map(textOf).join(", "),
    mtable: (nodes) => nodes.map(textOf).join("; "),
    mspace: () => " ",
    annotation: () => "",
  };
  const textOf = (node) => {
    const nodes = [...node.children];
    if (forms[node.localName]) return forms[node.localName](nodes);
    if (nodes.length) return join(nodes);
    const text = node.textContent.trim().replace(/[\u2061-\u2064]/g, "").normalize("NFKC");
    return node.localName === "mo" && /^[=<>≤≥≠≈∈→⇒∼+]$/.test(text) ? ` ${text} ` : text;
  };
  for (const item of window.MathJax?.startup?.document?.math || []) {
    const drawn = item.typesetRoot;
    if (!drawn?.closest("h1, h2, h3, h4, h5, h6")) continue;
    const tree = new DOMParser().parseFromString(MathJax.startup.toMML(item.root), "text/xml");
    const written = document.createElement("span");
    written.textContent = textOf(tree.documentElement).replace(/\s+/g, " ").trim();
    written.style.cssText = "font-size: 1px; color: rgb(0 0 0 / 1%); letter-spacing: -.5px";
    drawn.before(written);
  }
})();
