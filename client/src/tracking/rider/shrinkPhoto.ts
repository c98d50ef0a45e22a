/** Long enough to read a house number on it, small enough for a weak network. */
const MAX_SIDE = 1600;

/** A camera's picture as a JPEG of moderate size, without what else the file told: place, device, owner. */
export const shrinkPhoto = async (file: Blob): Promise<ArrayBuffer> => {
  const picture = await createImageBitmap(file);
  const share = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * share));
  canvas.height = Math.max(1, Math.round(picture.height * share));
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.82));
  if (!small) throw new Error('The picture could not be read');
  return small.arrayBuffer();
};
