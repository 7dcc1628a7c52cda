// A picture that is shown much smaller than it was drawn opens at its own size, where it scrolls.
Object.assign(clm, {
  enlarging() {
    for (const picture of document.querySelectorAll("main :is(img, .mermaid-diagram > svg)")) {
      const place = picture.closest(".text_cell_render, .output_subarea");
      if (!place || picture.closest("a, dialog, iframe, .widget-area, .js-plotly-plot")) continue;
      const path = '<path d="M9 4H4v5m11-5h5v5M9 20H4v-5m11 5h5v-5"/>';
      const button = clm.button("enlarge", "enlarge", path, () => clm.enlarge(picture));
      button.hidden = true;
      // It lies over a corner of the picture, below a picture that is too low for that.
      const put = () => {
        const [box, around] = [picture, place].map((item) => item.getBoundingClientRect());
        button.hidden = !box.width || clm.ownWidth(picture) < 1.25 * box.width;
        const low = !button.hidden && box.height < 120;
        picture.classList.toggle("low", low);
        const right = Math.min(box.right, around.right) - around.left + place.scrollLeft;
        const bottom = box.bottom - around.top + place.scrollTop;
        const down = low ? ".3rem" : "-100% - .4rem";
        button.style.translate = `calc(${right}px - 100% - .4rem) calc(${bottom}px + ${down})`;
      };
      place.classList.add("enlargeable");
      picture.after(button);
      const watch = new ResizeObserver(put);
      for (const item of [picture, place]) watch.observe(item);
      picture.addEventListener("load", put);
    }
  },

  ownWidth(picture) {
    return picture.naturalWidth ?? picture.viewBox?.baseVal?.width ?? 0;
  },

  enlarge(picture) {
    const dialog = document.createElement("dialog");
    dialog.className = "enlarged rendered_html";
    dialog.setAttribute("aria-label", picture.alt || picture.getAttribute("aria-label") || "");
    const shown = picture.cloneNode(true);
    for (const name of ["width", "height", "style", "loading"]) shown.removeAttribute(name);
    shown.style.width = `${clm.ownWidth(picture)}px`;
    const frame = document.createElement("div");
    frame.className = picture.localName === "svg" ? "mermaid-diagram" : "picture";
    frame.tabIndex = 0;
    frame.append(shown);
    const close = clm.button("close", "enlarge", '<path d="m6 6 12 12M18 6 6 18"/>', () =>
      dialog.close());
    dialog.append(close, frame);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  },
});
