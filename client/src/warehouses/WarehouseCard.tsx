import { Button, Group, Text, Title } from '@mantine/core';
import { CircleAlert, CircleCheck, PencilLine, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { full, stamp } from '../app/time.ts';
import classes from './WarehouseCard.module.css';

/** Above these shares of its capacity a warehouse needs attention, then action. */
const NEARLY = 80;
const FULL = 95;

const toneOf = (utilization: number) =>
  utilization >= FULL
    ? ({ tone: 'full', words: 'Full', icon: CircleAlert } as const)
    : utilization >= NEARLY
      ? ({ tone: 'nearly', words: 'Nearly full', icon: TriangleAlert } as const)
      : ({ tone: 'room', words: 'Has room', icon: CircleCheck } as const);

const number = (value: number) => value.toLocaleString('en');

type Props = { warehouse: Warehouse; onEdit: (() => void) | undefined };

export const WarehouseCard = ({ warehouse, onEdit }: Props) => {
  const { name, total, available, utilization, updatedAt } = warehouse;
  const { tone, words, icon: Icon } = toneOf(utilization);
  const flash = useFlash(updatedAt);
  // While anything is free it is not 100 %.
  const percent = available > 0 ? Math.min(99, Math.round(utilization)) : Math.round(utilization);
  return (
    <article className={classes.card} aria-label={name} data-flash={flash || undefined}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Title order={2} className={classes.name} title={name}>
          {name}
        </Title>
        {onEdit && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<PencilLine size={14} aria-hidden />}
            aria-label={`Change the capacity of ${name}`}
            onClick={onEdit}
          >
            Capacity
          </Button>
        )}
      </Group>
      <Group justify="space-between" align="baseline" mt={6}>
        <Text className={classes.percent}>{percent} %</Text>
        <span className={classes.state} data-tone={tone}>
          <Icon size={15} aria-hidden />
          {words}
        </span>
      </Group>
      {/* biome-ignore lint/a11y/useSemanticElements: a meter element cannot be styled alike in every browser */}
      <div
        className={classes.bar}
        role="meter"
        aria-label={`${name}, share used`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div className={classes.used} data-tone={tone} style={{ width: `${Math.min(100, utilization)}%` }} />
      </div>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          <b>{number(available)}</b> of {number(total)} free
        </Text>
        <Text size="xs" c="dimmed" component="time" dateTime={updatedAt} title={full(updatedAt)}>
          {stamp(updatedAt)}
        </Text>
      </Group>
    </article>
  );
};

/** True for a moment after `value` changed, not when the card first appears. */
const useFlash = (value: string) => {
  const last = useRef(value);
  const [flash, setFlash] = useState(false);
  useEffect(() => {
    if (last.current === value) return;
    last.current = value;
    setFlash(true);
    const timer = setTimeout(() => setFlash(false), 3000);
    return () => clearTimeout(timer);
  }, [value]);
  return flash;
};
