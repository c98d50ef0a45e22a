import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { packAssets } from './client/packAssets.ts';

const SERVER = 'http://localhost:5001';

export default defineConfig({
  root: fileURLToPath(new URL('client', import.meta.url)),
  plugins: [react(), packAssets()],
  build: {
    outDir: fileURLToPath(new URL('dist/client', import.meta.url)),
    emptyOutDir: true,
    // Everything comes as a file: the page's content policy allows images from data: but scripts and fonts not.
    assetsInlineLimit: 0,
    // The first versions that know light-dark(); for older ones the compiler would rewrite it into something it cannot be.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': SERVER,
      '/health': SERVER,
      '/socket.io': { target: SERVER, ws: true },
      '/ws': { target: SERVER, ws: true },
    },
  },
});
