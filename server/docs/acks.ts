import { z } from 'zod';
import { AckError } from '../contract/common.ts';

/** What a failed client event is answered, whichever it was. */
export const AckFailure = z.object({ success: z.literal(false), error: AckError });

/** The ack of a client event: `success: true` with `fields`, or the failure. */
export const ack = <Shape extends z.ZodRawShape>(fields: Shape) =>
  z.union([z.object({ success: z.literal(true), ...fields }), AckFailure]);

/** What subscribing answers: where the stream is, and either what was missed or all of it. */
export const subscribed = <Event extends z.ZodType, Snapshot extends z.ZodType>(event: Event, snapshot: Snapshot) => ({
  version: z.int().min(0).describe('the version of the stream now'),
  missed: z.array(event).optional().describe('every durable event after `since`, in order'),
  snapshot: snapshot.optional().describe('instead of `missed`: without `since`, or when it is too old'),
});
