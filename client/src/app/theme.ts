import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The one accent: deep water. Shade 7 on white and white on shade 7 both pass AA. */
const tide: MantineColorsTuple = [
  '#e7f7fa',
  '#cfebf1',
  '#a0d8e4',
  '#6cc3d6',
  '#43b1c9',
  '#2299b4',
  '#11839d',
  '#0b6e83',
  '#075a6c',
  '#044552',
];

/** Cooler and a little deeper than the stock greys, so that panels read as layers. */
const dark: MantineColorsTuple = [
  '#d5dae1',
  '#b4bcc7',
  '#98a2b0',
  '#6f7a89',
  '#48525f',
  '#323b46',
  '#252c35',
  '#1b2129',
  '#14191f',
  '#0f1318',
];

const TINTS: Record<string, string> = {
  red: 'light-dark(#fdeeee, #391d1f)',
  yellow: 'light-dark(#fff5e0, #35291a)',
  gray: 'light-dark(#f0f3f5, #262e37)',
  tide: 'light-dark(#e7f7fa, #12303a)',
};

export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 7 },
  colors: { tide, dark },
  fontFamily: '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.375rem', lineHeight: '1.3' }, h2: { fontSize: '1rem' } } },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // The stock tints are loud, and a title in the alert's own colour is too pale on them to read well.
    Alert: {
      vars: (_theme: unknown, { color }: { color?: string }) => ({ root: { '--alert-bg': TINTS[color ?? ''] } }),
      styles: {
        title: { color: 'var(--mantine-color-text)' },
        message: { color: 'var(--mantine-color-text)' },
      },
    },
    Modal: { styles: { title: { fontWeight: 650, fontSize: '1.0625rem' } } },
  },
});
