Object.assign(clm, {
  // A traceback is folded to its last line, which says what is wrong.
  tracebacks() {
    const unit = document.documentElement.lang.startsWith("de") ? "Zeilen" : "lines";
    for (const pre of document.querySelectorAll(".output_error > pre")) {
      const last = pre.textContent.trimEnd().split("\n").pop();
      const [name, message] = [last.split(":", 1)[0], last.slice(last.split(":", 1)[0].length)];
      const details = document.createElement("details");
      details.className = "traceback";
      const summary = details.appendChild(document.createElement("summary"));
      summary.appendChild(document.createElement("b")).textContent = name;
      summary.append(message);
      const lines = pre.textContent.trimEnd().split("\n").length;
      summary.appendChild(document.createElement("small")).textContent =
        `Traceback, ${lines} ${unit}`;
      pre.replaceWith(details);
      details.append(pre);
    }
  },
});
