// Shows a picture alone: a function of its URL that gives a promise which ends once it is there.
async (url, width, height) => {
  const picture = document.getElementById("picture");
  picture.width = width;
  picture.height = height;
  picture.src = url;
  await picture.decode();
}
