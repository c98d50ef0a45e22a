/** Hands a file to the browser's downloads. */
export const saveFile = (content: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has its own reference once it started; a minute is generous for that.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
