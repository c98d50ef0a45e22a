import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Footprints, Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import { NotFound } from '../app/NotFound.tsx';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { mayTrace } from './access.ts';
import classes from './TracePage.module.css';
import { TraceResult } from './TraceResult.tsx';
import { type Asked, KINDS, partsOf, readTrace, streamOf } from './trace.ts';

/** Why didn't they see it? What became of a thing's last changes on their way to one person. */
export default function TracePage() {
  const user = useUser();
  const [search, setSearch] = useSearchParams();
  const asked: Asked = { stream: search.get('stream') ?? '', user: search.get('user') ?? '' };
  const isComplete = asked.stream !== '' && asked.user !== '';
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['trace', asked.stream, asked.user],
    queryFn: ({ signal }) => readTrace(asked, signal),
    enabled: isComplete && !!user && mayTrace(user),
    // It tells of now: an answer of before must not be shown for one.
    gcTime: 0,
    retry: false,
  });
  if (!user || !mayTrace(user)) return <NotFound />;
  return (
    <Page title="Who saw it">
      <Question
        key={`${asked.stream} ${asked.user}`}
        asked={asked}
        busy={isFetching}
        onAsk={(next) => {
          if (next.stream === asked.stream && next.user === asked.user) void refetch();
          else setSearch({ ...next });
        }}
      />
      {!isComplete && (
        <Notice icon={<Footprints size={32} aria-hidden />} title="Why didn’t they see it?">
          Name a thing and a person. Its last changes are followed from the database to that person’s screen, or to
          where they went no further.
        </Notice>
      )}
      {isComplete && isFetching && !data && <Skeleton height={220} radius="md" />}
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {data && !error && <TraceResult trace={data} />}
    </Page>
  );
}

const Question = ({ asked, busy, onAsk }: { asked: Asked; busy: boolean; onAsk: (asked: Asked) => void }) => {
  const before = partsOf(asked.stream);
  const [kind, setKind] = useState(before.kind);
  const [id, setId] = useState(before.id);
  const [person, setPerson] = useState(asked.user);
  const isOwn = kind === 'notifications';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk({ stream: streamOf(kind, id), user: person.trim() });
  };
  return (
    <form onSubmit={submit} className={classes.form} aria-label="What to follow">
      <NativeSelect
        label="What"
        data={KINDS.map(({ value, label }) => ({ value, label }))}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value)}
      />
      {!isOwn && (
        <TextInput
          label="Which"
          placeholder={KINDS.find(({ value }) => value === kind)?.example}
          required
          maxLength={200}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
        />
      )}
      <TextInput
        label="Who"
        placeholder="username or id"
        required
        maxLength={200}
        value={person}
        onChange={(event) => setPerson(event.currentTarget.value)}
      />
      <Button type="submit" leftSection={<Search size={16} aria-hidden />} loading={busy}>
        Follow
      </Button>
    </form>
  );
};
