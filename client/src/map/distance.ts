/** "120 m", "3.4 km", "14,067 km": no finer than a reader of a map can use. */
export const distanceWords = (metres: number): string => {
  if (metres < 945) return `${Math.max(10, Math.round(metres / 10) * 10)} m`;
  const kilometres = metres / 1000;
  return `${kilometres < 9.5 ? kilometres.toFixed(1) : Math.round(kilometres).toLocaleString('en')} km`;
};
