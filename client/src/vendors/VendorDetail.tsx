import { ActionIcon, Button, Group, Skeleton, Text, Title } from '@mantine/core';
import { Crosshair, History, PencilLine, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { announce } from '../app/announce.tsx';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { clock } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import { Age } from './Age.tsx';
import { mayChangeVendor } from './access.ts';
import { categoryName } from './category.ts';
import { Dot } from './Dot.tsx';
import { EditVendor } from './EditVendor.tsx';
import type { Fleet } from './fleet.ts';
import { OpenState } from './OpenState.tsx';
import { useMembers } from './useMarkers.ts';
import { useVendor } from './useVendor.ts';
import classes from './VendorDetail.module.css';

type Props = {
  id: string;
  fleet: Fleet;
  following: boolean;
  onFollow: (following: boolean) => void;
  onClose: () => void;
};

/** One vendor beside the map, with what it changes as it changes it. */
export const VendorDetail = ({ id, fleet, following, onFollow, onClose }: Props) => {
  const user = useUser();
  useMembers(fleet);
  const { vendor, error, refetch, continuity } = useVendor(id);
  const [editing, setEditing] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  const known = useRef(vendor);
  const [changedAt, setChangedAt] = useState<string>();
  useEffect(() => {
    const before = known.current;
    known.current = vendor;
    if (!vendor) return;
    fleet.takeVendor(vendor);
    if (!before || before.version >= vendor.version) return;
    setChangedAt(vendor.updatedAt);
    if (before.isOpen !== vendor.isOpen) announce(`${vendor.name} is ${vendor.isOpen ? 'open' : 'closed'} now`);
    else announce(`${vendor.name} changed what it says`);
  }, [vendor, fleet]);

  const onMap = fleet.markers.get(id);
  const at = onMap?.at ?? (vendor?.locatedAt ? Date.parse(vendor.locatedAt) : null);
  const name = vendor?.name ?? onMap?.vendor.name ?? 'Vendor';
  return (
    <section className={classes.detail} aria-label={name} data-testid="vendor-detail">
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Title order={2} ref={heading} tabIndex={-1} className={classes.name}>
          {name}
        </Title>
        <ActionIcon variant="subtle" color="gray" aria-label={`Close ${name}`} onClick={onClose}>
          <X size={18} aria-hidden />
        </ActionIcon>
      </Group>
      {error && !vendor && <Trouble error={error} retry={() => void refetch()} />}
      {!vendor && !error && <Skeleton height={90} aria-hidden />}
      {vendor && (
        <>
          <Group gap="xs" mt={2}>
            <OpenState isOpen={vendor.isOpen} />
            <ContinuityBadge of={continuity} label={name} />
          </Group>
          <Text size="sm" c="dimmed" mt={8} className={classes.category}>
            <Dot category={vendor.category} isOpen={vendor.isOpen} />
            {categoryName(vendor.category)}
          </Text>
          {vendor.description && (
            <Text mt={6} className={classes.description}>
              {vendor.description}
            </Text>
          )}
          <dl className={classes.facts}>
            <dt>Position</dt>
            <dd>
              <Age at={at} />
            </dd>
            {changedAt && (
              <>
                <dt>Changed</dt>
                <dd>at {clock(changedAt)}, while you watch</dd>
              </>
            )}
          </dl>
          <Group gap="xs" mt="sm">
            {at !== null && (
              <Button
                size="xs"
                variant={following ? 'filled' : 'default'}
                aria-pressed={following}
                leftSection={<Crosshair size={15} aria-hidden />}
                onClick={() => onFollow(!following)}
              >
                {following ? 'Following' : 'Follow on the map'}
              </Button>
            )}
            {user && mayChangeVendor(user, vendor) && (
              <>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<PencilLine size={15} aria-hidden />}
                  onClick={() => setEditing(true)}
                >
                  Edit
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  component={Link}
                  href={`/vendors/${encodeURIComponent(id)}/day`}
                  leftSection={<History size={15} aria-hidden />}
                >
                  Day
                </Button>
              </>
            )}
          </Group>
          {editing && <EditVendor vendor={vendor} onClose={() => setEditing(false)} />}
        </>
      )}
    </section>
  );
};
