import type { Tone } from './types.ts';

/** A canvas knows no CSS variables: the map's colours, for the light and the dark scheme. */

export type Scheme = 'light' | 'dark';

export type Palette = {
  land: string;
  border: string;
  grid: string;
  ring: string;
  text: string;
  textBack: string;
  trail: string;
  tones: Record<Tone, string>;
};

export const PALETTE: Record<Scheme, Palette> = {
  light: {
    land: '#f6f4ee',
    border: '#c3ccd3',
    grid: 'rgba(70, 90, 110, 0.13)',
    ring: '#ffffff',
    text: '#1b2129',
    textBack: 'rgba(255, 255, 255, 0.94)',
    trail: '#0b6e83',
    tones: {
      tide: '#0b6e83',
      green: '#2f7a3c',
      amber: '#b45309',
      red: '#b3261e',
      violet: '#6b3fa0',
      gray: '#66717e',
    },
  },
  dark: {
    land: '#222a33',
    border: '#46525f',
    grid: 'rgba(170, 190, 210, 0.11)',
    ring: '#0f1318',
    text: '#e8ecf1',
    textBack: 'rgba(20, 25, 31, 0.92)',
    trail: '#43b1c9',
    tones: {
      tide: '#43b1c9',
      green: '#6cc47c',
      amber: '#f0a848',
      red: '#ff8a80',
      violet: '#b795ec',
      gray: '#98a2b0',
    },
  },
};
