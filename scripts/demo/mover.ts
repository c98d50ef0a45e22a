import { setTimeout as pause } from 'node:timers/promises';
import { type Api, Refused, Unreachable } from './api.ts';
import { readShipments } from './listing.ts';
import { type Move, nextMove } from './moves.ts';
import { attempt, type Cast, perform, readAgain } from './perform.ts';
import { between, type Random, randomFrom } from './random.ts';
import { isOfARun, makeWorld, remember, type World } from './world.ts';

/** After so many moves the mover looks for what people created, imported or changed meanwhile. */
const LOOK_AROUND_EVERY = 12;

export type Mover = { step: (signal: AbortSignal) => Promise<Move | undefined>; world: World };

/** One move a step, over the server that `all` and the cast talk to. The same seed gives the same demo. */
export const makeMover = async (cast: Cast, all: Api, seed: number): Promise<Mover> => {
  const chance: Random = randomFrom(seed);
  // Apart from the choice of moves, so that a repeated upload does not change what happens next.
  const paper: Random = randomFrom(seed + 1);
  let lookedAround = new Date().toISOString();
  const world = makeWorld((await readShipments(all)).filter((shipment) => !isOfARun(shipment)));
  let moves = 0;

  const lookAround = async () => {
    const now = new Date().toISOString();
    for (const shipment of await readShipments(all, lookedAround)) if (!isOfARun(shipment)) remember(world, shipment);
    lookedAround = now;
  };

  /** Somebody was quicker, or took a right away: see how it stands now. */
  const learn = async (move: Move) => {
    const cargo = 'key' in move ? world.cargos.get(move.key) : undefined;
    if (!cargo) return;
    try {
      await readAgain(all, world, cargo);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      world.cargos.delete((move as { key: string }).key);
    }
  };

  const step = async (signal: AbortSignal): Promise<Move | undefined> => {
    const move = nextMove(chance, world, Date.now());
    if (!move) return undefined;
    const tried = attempt(move);
    // Until the server answers: it may be down on purpose.
    while (!signal.aborted) {
      try {
        await perform(cast, world, paper, tried);
        moves += 1;
        if (moves % LOOK_AROUND_EVERY === 0) await lookAround();
        return move;
      } catch (error) {
        if (error instanceof Refused) {
          await learn(move).catch(() => undefined);
          return undefined;
        }
        if (!(error instanceof Unreachable)) throw error;
        await pause(1_000, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  };
  return { step, world };
};

/** Keeps moving, with 0.6 to 1.4 times `pace` milliseconds between moves, until the signal. */
export const keepMoving = async (
  mover: Mover,
  pace: number,
  signal: AbortSignal,
  onMove: (move: Move) => void,
): Promise<void> => {
  // Pauses are not part of the story, so they need no seed.
  while (!signal.aborted) {
    await pause(between(Math.random, 0.6, 1.4) * pace, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const move = await mover.step(signal);
    if (move) onMove(move);
  }
};
