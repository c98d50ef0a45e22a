import { readFileSync } from 'node:fs';
import type { DestinationCode, OriginCode, PortCode } from './ports.ts';

/** A sea lane between two ports, and the canals, straits and capes on it in the order sailed. */
export type Lane = { from: OriginCode; to: DestinationCode; nauticalMiles: number; via: string[] };

/**
 * Knots (nautical miles an hour). Container ships sailed at 13.7 knots on average in February 2023 (Clarksons
 * Research, quoted by TradeWinds on 6 March 2023); rounded, since a voyage's weather matters more than the rest.
 */
const SPEED_KNOTS = 14;
/** From arrival in the roads to the container's gate-out: berthing, unloading, customs. An assumption. */
const PORT_HOURS = 36;

const { lanes } = JSON.parse(readFileSync(new URL('lanes.json', import.meta.url), 'utf8')) as { lanes: Lane[] };
const byEnds = new Map(lanes.map((lane) => [`${lane.from} ${lane.to}`, lane]));

/** The lane between two ports of the demo; undefined when a person wrote other ones. */
export const laneBetween = (from: PortCode | undefined, to: PortCode | undefined): Lane | undefined =>
  byEnds.get(`${from} ${to}`);

/** Hours from departure until the cargo can be expected, port included. */
export const voyageHours = ({ nauticalMiles }: Lane): number => nauticalMiles / SPEED_KNOTS + PORT_HOURS;
