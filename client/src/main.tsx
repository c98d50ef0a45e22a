import { MantineProvider } from '@mantine/core';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import { App } from './app/App.tsx';
import './app/base.css';
import { theme } from './app/theme.ts';

/** Nothing has to be said before there is something on the screen. */
const Messages = lazy(() => import('./app/Messages.tsx'));

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <App />
      <Suspense>
        <Messages />
      </Suspense>
    </MantineProvider>
  </StrictMode>,
);
