// Painting of a picture: takes its URL, returns a promise of a PNG as a data URL.
async (url, width, height, scale) => {
  const picture = new Image(width, height);
  picture.src = url;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  // The canvas is read once and never shown, so it is kept in this process's memory.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(scale, scale);
  context.drawImage(picture, 0, 0, width, height);
  // `toBlob` would wait until the page is idle, which takes a second.
  const png = canvas.toDataURL("image/png");
  canvas.width = 0;
  return png;
}
