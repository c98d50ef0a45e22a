import { Button, Stack, Text } from '@mantine/core';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { sentence } from './problem.ts';

/** In place of content that could not be read: what went wrong, what to do, and the button to do it. */
export const Trouble = ({ error, retry }: { error: unknown; retry?: () => void }) => {
  const { title, next } = sentence(error);
  return (
    <Notice icon={<CircleAlert size={28} aria-hidden />} title={title} role="alert">
      {next}
      {retry && (
        <div>
          <Button mt="md" variant="default" leftSection={<RotateCw size={16} aria-hidden />} onClick={retry}>
            Try again
          </Button>
        </div>
      )}
    </Notice>
  );
};

type NoticeProps = { icon: ReactNode; title: string; children?: ReactNode; role?: 'alert' | 'status' };

/** A quiet message in the middle of an empty area. */
export const Notice = ({ icon, title, children, role }: NoticeProps) => (
  <Stack align="center" gap={6} py={48} px="md" ta="center" role={role}>
    <Text c="dimmed" lh={0}>
      {icon}
    </Text>
    <Text fw={600}>{title}</Text>
    <Text c="dimmed" size="sm" maw={420} component="div">
      {children}
    </Text>
  </Stack>
);
