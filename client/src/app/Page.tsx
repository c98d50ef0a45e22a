import { Group, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './Page.module.css';

type Props = {
  title: string;
  /** Beside the title: a badge, a state. */
  aside?: ReactNode;
  /** At the far end: what can be done here. */
  actions?: ReactNode;
  /** The page is exactly as high as the window and its content scrolls inside. */
  fixed?: boolean;
  children: ReactNode;
};

let firstPage = true;

/** One screen: names the window, and moves focus to its heading when the user came from another one. */
export const Page = ({ title, aside, actions, fixed = false, children }: Props) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Waybeat`;
  }, [title]);
  useEffect(() => {
    // On the very first load the browser's own focus is right; later a screen reader must hear where it got to.
    if (firstPage) firstPage = false;
    else heading.current?.focus({ preventScroll: true });
    if (!fixed) document.getElementById('content')?.scrollTo(0, 0);
  }, [fixed]);
  return (
    <div className={fixed ? classes.fixed : classes.page}>
      <Group justify="space-between" gap="sm" className={classes.head}>
        <Group gap="sm" wrap="nowrap" className={classes.name}>
          <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
};
