/** Two letters for an avatar: of the name's first two words, or of a mail address's part before the @. */
export const initials = (name: string): string => {
  const words = (name.split('@')[0] ?? name).split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? `${words[0]?.[0]}${words[1]?.[0]}` : (words[0] ?? '?').slice(0, 2);
  return letters.toUpperCase();
};
