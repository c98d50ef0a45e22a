import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { runnable } from '../../scripts/testing/runnable.ts';
import { type EventSchema, eventName } from '../docs/types.ts';

const FOLDER = new URL('../contract/', import.meta.url);

const isEvent = (value: unknown): value is EventSchema =>
  value instanceof z.ZodObject && value.shape.type instanceof z.ZodLiteral;

/** Every server event that any file of the contract exports, by name. */
export const contractEvents = async (): Promise<Map<string, EventSchema>> => {
  const events = new Map<string, EventSchema>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')))
    for (const value of Object.values(await import(runnable(new URL(file, FOLDER)))))
      if (isEvent(value)) events.set(eventName(value), value);
  return events;
};
