import { HeadsAck } from '../contract/common.ts';
import { onClientEvent } from './clientEvents.ts';
import { noteAcknowledged } from './traces.ts';

onClientEvent('*', 'heads:ack', HeadsAck, (socket, { streams }) => {
  noteAcknowledged(socket, streams);
  return {};
});
