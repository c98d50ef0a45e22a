/** A small application of somebody else, as its author would write it: only the package's public names. */

export const main = `
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  type DurableEvent,
  OfflineIndicator,
  type OpenStreamArgs,
  type Shipment,
  socketClient,
  useContinuity,
  usePollingFallback,
  useStream,
  useWebSocket,
} from 'waybeat/client';

declare global {
  interface Window {
    settings: { url: string; token: string; shipmentId: string };
  }
}

const { url, token, shipmentId } = window.settings;
socketClient.connect(async () => token, { url });

const shipmentStream = (id: string): OpenStreamArgs<Shipment> => ({
  stream: \`shipment:\${id}\`,
  join: { event: 'join:shipment', payload: { shipmentId: id } },
  leave: { event: 'leave:shipment', payload: { shipmentId: id } },
  fromSnapshot: (snapshot) => snapshot as Shipment,
  reduce: (state, event: DurableEvent) => ({ ...state, ...(event.shipment as Partial<Shipment> | undefined) }),
});

const Heard = ({ id }: { id: string }) => {
  const { joinShipment, leaveShipment, onShipmentUpdate } = useWebSocket();
  const [statuses, setStatuses] = useState<readonly string[]>([]);
  useEffect(() => {
    joinShipment(shipmentId).catch(() => {});
    return () => leaveShipment(shipmentId);
  }, [joinShipment, leaveShipment]);
  useEffect(() => onShipmentUpdate(({ status }) => setStatuses((before) => [...before, status])), [onShipmentUpdate]);
  return <p id={id}>{statuses.join(' ')}</p>;
};

const App = () => {
  const { isConnected, activeShipments } = useWebSocket();
  const [shown, setShown] = useState(2);
  const { status, polling } = useContinuity();
  const stream = useStream(shipmentStream(shipmentId));
  usePollingFallback(() => fetch(url + '/health/live'));
  return (
    <main>
      <p id="connection">{isConnected ? 'connected' : 'not connected'} {status} {polling ? 'polling' : ''}</p>
      <p id="shipment">{stream.state?.status ?? 'nothing yet'} {stream.status}</p>
      <p id="active">{activeShipments.join(' ')}</p>
      {shown > 0 && <Heard id="heard" />}
      {shown > 1 && <Heard id="heard-too" />}
      <button type="button" onClick={() => setShown(shown - 1)}>Fewer</button>
      <OfflineIndicator />
    </main>
  );
};

createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>);
`;

export const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Somebody else</title><link rel="icon" href="data:,"></head>
<body><div id="root"></div><script type="module" src="/main.tsx"></script></body></html>
`;

export const tsconfig = (moduleResolution: 'bundler' | 'nodenext') => ({
  compilerOptions: {
    target: 'ES2022',
    module: moduleResolution === 'bundler' ? 'ESNext' : 'NodeNext',
    moduleResolution,
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
    jsx: 'react-jsx',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  },
  files: ['main.tsx'],
});

/** Renders on a server, where there is neither window nor document. */
export const render = `
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import client, { OfflineIndicator, socketClient, useWebSocket } from 'waybeat/client';
const View = () => String(useWebSocket().isConnected);
if (client !== socketClient) throw new Error('two clients');
console.log(renderToString(createElement('div', null, createElement(View), createElement(OfflineIndicator))));
`;
