/** The mark: a calm wave, one beat, calm again. */
export const Logo = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="var(--mantine-color-tide-7)" />
    <path
      d="M4 18c2.6 0 3-4 5.4-4s2.6 4 4.6 4c2.4 0 2.2-10 4.4-10s2.2 16 4.4 16c1.9 0 1.7-6 5.2-6"
      fill="none"
      stroke="#fff"
      strokeWidth="2.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
);
