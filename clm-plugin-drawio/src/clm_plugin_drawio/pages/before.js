// Settings that draw.io's viewer reads while it loads: it fetches nothing from other hosts and does
// not search the page for diagrams.
"use strict";
for (const name of [
  "DRAWIO_BASE_URL", "DRAWIO_SERVER_URL", "DRAWIO_VIEWER_URL", "DRAWIO_LIGHTBOX_URL",
  "DRAWIO_LOG_URL", "EXPORT_URL", "PLANT_URL", "PROXY_URL", "SAVE_URL", "OPEN_URL",
]) {
  window[name] = location.origin;
}
Object.assign(window, {
  STENCIL_PATH: location.origin + "/stencils",
  SHAPES_PATH: location.origin + "/shapes",
  GRAPH_IMAGE_PATH: location.origin + "/img",
  IMAGE_PATH: location.origin + "/images",
  RESOURCES_PATH: location.origin + "/resources",
  RESOURCE_BASE: location.origin + "/resources/dia",
  STYLE_PATH: location.origin + "/styles",
  CSS_PATH: location.origin + "/styles",
  DRAW_MATH_URL: location.origin,
  mxBasePath: location.origin + "/mxgraph",
  mxImageBasePath: location.origin + "/mxgraph/images",
  mxLoadResources: false,
  mxLoadStylesheets: false,
  // If this exists, the viewer does not load MathJax by itself.
  MathJax: {},
  onDrawioViewerLoad: function () {},
});
