import encodeQR from 'qr';
import { useMemo } from 'react';
import classes from './QrCode.module.css';

/** A text as a QR code: dark on white in both schemes, since readers at the door expect that. */
export const QrCode = ({ text, label }: { text: string; label: string }) => {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg className={classes.code} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} data-testid="qr">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
};

/** Four modules of white around it, as the standard asks; `quartile` is readable with a quarter of it scratched. */
const draw = (text: string) => {
  const rows = encodeQR(text, 'raw', { ecc: 'quartile', border: 4 });
  const squares = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));
  return { size: rows.length, path: squares.join('') };
};
