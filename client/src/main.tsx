import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import { App } from './app/App.tsx';
import './app/base.css';
import { Broken } from './app/Broken.tsx';
import { MessageArea } from './app/MessageArea.tsx';
import { theme } from './app/theme.ts';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Broken>
        <App />
      </Broken>
      <MessageArea />
    </MantineProvider>
  </StrictMode>,
);
