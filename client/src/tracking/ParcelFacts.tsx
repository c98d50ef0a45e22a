import { Panel } from '../app/Panel.tsx';
import { full, stamp } from '../app/time.ts';
import classes from './ParcelFacts.module.css';
import type { Followed } from './parcel.ts';
import { useRiders } from './useRiders.ts';

/** What is known of a parcel beside its way. */
export const ParcelFacts = ({ parcel }: { parcel: Followed }) => {
  const { origin, destination, senderId, recipientId, riderId, eta } = parcel;
  const rider = useRiders().find(({ id }) => id === riderId)?.username ?? riderId;
  const facts: [string, string | null | undefined][] = [
    ['From', origin?.address],
    ['To', destination?.address],
    ['Expected', eta && stamp(eta)],
    ['Rider', rider],
    ['Sender', senderId],
    ['Recipient', recipientId],
  ];
  return (
    <Panel title="Parcel">
      <dl className={classes.facts} title={eta ? `Expected ${full(eta)}` : undefined}>
        {facts
          .filter(([name, value]) => value || name === 'Rider')
          .map(([name, value]) => (
            <div key={name} className={classes.fact}>
              <dt>{name}</dt>
              <dd>{value ?? 'Nobody yet'}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
};
