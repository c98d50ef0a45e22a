import { Text } from '@mantine/core';
import type { Trace, TracedConnection } from '../../../server/contract/operations.ts';
import { Panel } from '../app/Panel.tsx';
import { full, stamp } from '../app/time.ts';
import classes from './TraceResult.module.css';
import { LABEL, MOOD, REACHED, STATIONS } from './trace.ts';

/** The answer: each change with how far it came, then the connections and nodes from which that is known. */
export const TraceResult = ({ trace }: { trace: Trace }) => {
  const silent = trace.nodes.filter(({ answered }) => !answered).length;
  return (
    <div className={classes.parts}>
      <Panel title={`On its way to ${trace.user.username}`}>
        <Text size="sm" c="dimmed" mb="sm">
          {trace.user.role.replaceAll('_', ' ')} ·{' '}
          {trace.view === null
            ? 'may not read this'
            : trace.view === 'full'
              ? 'may see all of it'
              : `sees it as ${trace.view}`}
          {' · '}now at version {trace.version}
          {silent > 0 && ` · ${silent} of ${trace.nodes.length} nodes did not answer`}
        </Text>
        {trace.events.length === 0 && (
          <Text size="sm">Nothing has happened to it yet, or too long ago to be kept.</Text>
        )}
        <ol className={classes.events} aria-label="Its last changes">
          {trace.events.map((event) => (
            <li key={event.version} className={classes.event} data-mood={MOOD[event.outcome]}>
              <div className={classes.head}>
                <b className={classes.type}>{event.type}</b>
                <span className={classes.meta}>
                  v{event.version} · <time title={full(event.committedAt)}>{stamp(event.committedAt)}</time>
                </span>
                <span className={classes.outcome}>{LABEL[event.outcome]}</span>
              </div>
              <Way reached={REACHED[event.outcome]} />
              <p className={classes.why}>
                {event.why}
                {event.withheld.length > 0 && ` Kept from them: ${event.withheld.join(', ')}.`}
              </p>
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title="Their connections">
        {trace.connections.length === 0 && <Text size="sm">None that is remembered.</Text>}
        <ul className={classes.connections} aria-label="Their connections">
          {trace.connections.toReversed().map((connection) => (
            <Connection key={connection.socketId} connection={connection} />
          ))}
        </ul>
        <Text size="xs" c="dimmed" mt="sm">
          {trace.nodes.map(({ node, answered, remembersSince }) => (
            <span key={node} className={classes.node}>
              Node {node.slice(0, 8)}{' '}
              {answered && remembersSince ? `remembers since ${stamp(remembersSince)}` : 'did not answer'}
            </span>
          ))}
        </Text>
      </Panel>
    </div>
  );
};

/** The stations as beads: those behind an event are filled. Read aloud as one sentence. */
const Way = ({ reached }: { reached: number }) => (
  <div className={classes.way} role="img" aria-label={`Came as far as: ${STATIONS[reached - 1]}`}>
    {STATIONS.map((station, index) => (
      <span key={station} className={classes.station} data-reached={index < reached}>
        <i />
        {station}
      </span>
    ))}
  </div>
);

const FOLLOWS = { stream: 'follows it', list: 'hears of it by role', no: 'does not follow it' } as const;

const Connection = ({ connection }: { connection: TracedConnection }) => {
  const { endedAt, endedBecause, transport, connectedAt, follows, acknowledged, slow, waitingBytes, node } = connection;
  return (
    <li className={classes.connection} data-open={endedAt === null}>
      <b>{endedAt === null ? `Connected (${transport})` : 'Ended'}</b>
      <span>
        {stamp(connectedAt)}
        {endedAt !== null && ` to ${stamp(endedAt)}: ${endedBecause}`} · {FOLLOWS[follows]}
        {acknowledged !== null && ` · says it has version ${acknowledged}`}
        {slow && ` · does not read: ${waitingBytes.toLocaleString()} bytes wait`} · node {node.slice(0, 8)}
      </span>
    </li>
  );
};
