// Display of a single picture: takes its URL, returns a promise that resolves once it is decoded.
async (url, width, height) => {
  const picture = document.getElementById("picture");
  picture.width = width;
  picture.height = height;
  picture.src = url;
  await picture.decode();
}
