// Returns the outline of an element's text: a line for each block, Markdown for what is inline.
function outline(root, typeset) {
  const BLOCKS = new Set(("h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table tr blockquote pre div details " +
    "summary section figure figcaption hr tbody thead center").split(" "));
  const name = (node) => node.nodeName.toLowerCase();
  const isBlock = (node) => node.nodeType === 1 && BLOCKS.has(name(node));
  const skipped = (node) => node.nodeType === 8 || (node.matches && (node.matches(".anchor-link, " +
    ".prompt, script, style")));
  const squeezed = (text) => text.replace(/[ \t\n]+/g, " ");

  function inlineText(node) {
    if (node.nodeType === 3) return squeezed(node.data);
    if (skipped(node)) return "";
    const tex = typeset.get(node);
    if (tex !== undefined) return squeezed(tex);
    const inside = () => [...node.childNodes].map(inlineText).join("");
    switch (name(node)) {
      case "em": return `*${inside()}*`;
      case "strong": return `**${inside()}**`;
      case "code": return `\`${inside()}\``;
      case "del": return `~~${inside()}~~`;
      case "br": return " / ";
      case "img": return `![${node.getAttribute("alt") ?? ""}](${node.getAttribute("src")})`;
      case "input": return node.checked ? "[x]" : "[ ]";
      case "sup":
        return node.className === "footnote-ref" ? `^${inside().replace(/^\[\[|\].*$/g, "")}` : inside();
      case "a":
        return node.className === "footnote-backref" ? "↩" : `[${inside()}](${node.getAttribute("href")})`;
      default: return inside();
    }
  }

  function line(label, text) { return `${label} ${squeezed(text).trim()}`.trimEnd(); }

  function label(node) {
    if (name(node) === "svg") return "svg";
    let text = name(node);
    if (["div", "details", "section", "ul", "ol"].includes(text)) {
      for (const word of node.classList) text += `.${word}`;
    }
    if (/^h[1-6]$/.test(text) && node.id) text += ` #${node.id}`;
    if (node.hasAttribute("start")) text += ` start=${node.getAttribute("start")}`;
    return text;
  }

  function preformatted(node) {
    const lines = ["pre"];
    const marked = [...node.querySelectorAll(".hll")].map((e) => e.textContent.trimEnd());
    for (const text of node.textContent.replace(/\s+$/, "").split("\n")) {
      const isMarked = marked.includes(text);
      if (isMarked) marked.splice(marked.indexOf(text), 1);
      lines.push(`  |${isMarked ? ">" : " "}${text}`);
    }
    return lines;
  }

  function row(node) {
    return `tr ${[...node.children].map((cell) => inlineText(cell).trim()).join(" | ")}`;
  }

  const TRANSPARENT = /^(tbody|thead|center)$/;
  const named = (node) => name(node) !== "div" || /admonition|caption|unused|mermaid-d/.test(node.className);

  function block(node) {
    if (name(node) === "pre") return preformatted(node);
    if (name(node) === "tr") return [row(node)];
    if (name(node) === "div" && node.classList.contains("mermaid-diagram")) {
      const words = [...node.querySelectorAll(".nodeLabel")].map((e) => e.textContent.trim());
      return [line(label(node), words.join(" "))];
    }
    const inner = blocks(node);
    if (TRANSPARENT.test(name(node)) || !named(node)) return inner;
    if (inner.length && inner[0].startsWith("\0")) {
      return [line(label(node), inner[0].slice(1)), ...inner.slice(1).map((l) => `  ${l}`)];
    }
    return [label(node), ...inner.map((l) => `  ${l.replace("\0", "")}`)];
  }

  // Text beside blocks begins with \0 until its block is known.
  function blocks(node) {
    const lines = [];
    let text = "";
    const flush = () => { if (text.trim()) lines.push(`\0${text.trim()}`); text = ""; };
    for (const child of node.childNodes) {
      if (skipped(child)) continue;
      if (isBlock(child) && typeset.get(child) === undefined) { flush(); lines.push(...block(child)); }
      else text += inlineText(child);
    }
    flush();
    return lines;
  }

  return blocks(root).map((l) => (l.startsWith("\0") ? line("p", l.slice(1)) : l));
}

function typesetMaths() {
  const found = new Map();
  for (const item of window.MathJax?.startup?.document?.math ?? []) {
    const delimiters = item.start.delim + item.math + item.end.delim;
    found.set(item.typesetRoot, delimiters);
  }
  return found;
}
