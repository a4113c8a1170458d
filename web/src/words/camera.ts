/** Words of the camera page, in both languages. */

export const cameraDa = {
  title: "Kamera",
};

export const cameraEn: typeof cameraDa = {
  title: "Camera",
};
