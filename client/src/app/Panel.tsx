import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useId } from 'react';
import classes from './Panel.module.css';

type Props = { title: string; aside?: ReactNode; actions?: ReactNode; children: ReactNode };

/** One block of a screen, named for screen readers by its own heading. */
export const Panel = ({ title, aside, actions, children }: Props) => {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <Group justify="space-between" gap="xs" className={classes.head}>
        <Group gap="xs">
          <Title order={2} id={id} className={classes.title}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions}
      </Group>
      {children}
    </section>
  );
};
