import { config } from '../platform/config.ts';
import { ephemeralDropped } from '../platform/metrics.ts';
import { deliverEphemeral } from './delivery.ts';

/**
 * What is worth only its newest value: positions, computed times of arrival, typing. Nothing is stored. Of one thing at
 * most LOCATION_HZ a second are sent, always the newest; what was overtaken meanwhile is dropped.
 */

export type Ephemeral = {
  namespace: string;
  /** Those who see all of `fields`. */
  rooms: string[];
  type: string;
  /** The thing it is about: newer ones replace older ones of the same `namespace`, `type` and `entity`. */
  entity: string;
  fields: Record<string, unknown>;
  /** Rooms, or ids of sockets, that are not to hear it. */
  except?: string[];
  /** What others may see of it; one who is also in a fuller view's room gets that one only. */
  views?: { rooms: string[]; fields: Record<string, unknown> }[];
};

const send = ({ namespace, rooms, type, fields, except = [], views = [] }: Ephemeral): void => {
  deliverEphemeral(namespace, rooms, type, fields, except);
  const fuller = [...rooms, ...except];
  for (const view of views) {
    deliverEphemeral(namespace, view.rooms, type, view.fields, fuller);
    fuller.push(...view.rooms);
  }
};

type Pace = {
  /** The newest that still waits for its moment. */
  waiting: Ephemeral | null;
};
const paces = new Map<string, Pace>();
const interval = 1000 / config.LOCATION_HZ;

/** Sends now, and then what is newest at the end of each interval, until one passes with nothing new. */
const pace = (key: string, first: Ephemeral): void => {
  const mine: Pace = { waiting: null };
  paces.set(key, mine);
  send(first);
  const next = () => {
    const { waiting } = mine;
    if (!waiting) {
      paces.delete(key);
      return;
    }
    mine.waiting = null;
    send(waiting);
    setTimeout(next, interval).unref();
  };
  setTimeout(next, interval).unref();
};

/** Brings an ephemeral event to this node's sockets; see `publishEphemeral` for all nodes'. */
export const acceptEphemeral = (event: Ephemeral): void => {
  const key = `${event.namespace} ${event.type} ${event.entity}`;
  const mine = paces.get(key);
  if (!mine) {
    pace(key, event);
    return;
  }
  if (mine.waiting) ephemeralDropped.inc();
  mine.waiting = event;
};

let tellOthers: (event: Ephemeral) => void = () => {};
/** Sets how the other nodes hear of it; called once at start. */
export const onEphemeral = (listener: typeof tellOthers): void => {
  tellOthers = listener;
};

/** Sends `event` to whoever is in its rooms on all nodes, but for those that are too far behind. Never throws. */
export const publishEphemeral = (event: Ephemeral): void => {
  acceptEphemeral(event);
  tellOthers(event);
};
