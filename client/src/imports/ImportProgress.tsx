import { Progress, Text } from '@mantine/core';
import type { ImportState } from './useImport.ts';

type Running = Extract<ImportState, { phase: 'sending' | 'processing' }>;

/** First the way to the server, then the lines as they are taken in; the number of lines is known from the file. */
export const ImportProgress = ({ state }: { state: ImportState }) => {
  if (state.phase !== 'sending' && state.phase !== 'processing') return null;
  const { percent, words } = read(state);
  return (
    <>
      <Progress value={percent} size="lg" aria-label="Import" animated={state.phase === 'processing'} />
      <Text size="sm" c="dimmed" mt={8} data-testid="import-progress">
        {words}
      </Text>
    </>
  );
};

const count = (value: number) => value.toLocaleString('en');

const read = (state: Running) => {
  if (state.phase === 'sending')
    return { percent: state.sent * 100, words: `Sending: ${Math.round(state.sent * 100)} %` };
  const { lines, progress } = state;
  if (!progress) return { percent: 2, words: `Reading ${count(lines)} lines…` };
  const { processed, created, updated, rejected } = progress;
  return {
    percent: lines > 0 ? Math.min(100, (processed / lines) * 100) : 50,
    words: `${count(processed)} of ${count(lines)} lines: ${count(created)} created, ${count(updated)} updated, ${count(rejected)} rejected`,
  };
};
