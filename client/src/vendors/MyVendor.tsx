import { Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { History, PencilLine, Store } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import type { List } from '../../../server/contract/common.ts';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { hasStall } from './access.ts';
import { categoryName } from './category.ts';
import { EditVendor } from './EditVendor.tsx';
import classes from './MyVendor.module.css';
import { NewVendorForm } from './NewVendor.tsx';
import { OpenSwitch } from './OpenSwitch.tsx';
import { ShareSwitch } from './ShareSwitch.tsx';
import { useVendor, VENDORS } from './useVendor.ts';

const useOwn = (ownerId: string | undefined) =>
  useQuery({
    queryKey: [...VENDORS, 'list', 'own', ownerId],
    enabled: ownerId !== undefined,
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ ownerId: ownerId!, limit: '200' });
      return request<List<Vendor>>(`/api/vendors?${query}`, { signal });
    },
    select: ({ items }) => items,
  });

/** The vendor's own page, made for one hand and a phone: open or close, share where you are, say what you offer. */
export default function MyVendor() {
  const user = useUser();
  const isVendor = !!user && hasStall(user);
  const { data: own, error, isPending, refetch } = useOwn(isVendor ? user.id : undefined);
  const [chosen, setChosen] = useState<string>();
  const shown = own?.find(({ id }) => id === chosen) ?? own?.[0];
  if (!isVendor)
    return (
      <Page title="My stall">
        <Notice icon={<Store size={32} aria-hidden />} title="This page is for vendors">
          Sign in with a vendor’s account to open, close and move it.
        </Notice>
      </Page>
    );
  if (shown)
    return (
      <Stall
        key={shown.id}
        id={shown.id}
        pick={
          own && own.length > 1 ? (
            <NativeSelect
              label="Which of yours"
              value={shown.id}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={own.map(({ id, name }) => ({ value: id, label: name }))}
            />
          ) : null
        }
      />
    );
  return (
    <Page title="My stall">
      {isPending && <Skeleton height={180} radius="md" className={classes.column} aria-hidden />}
      {error && <Trouble error={error} retry={() => void refetch()} />}
      {own?.length === 0 && (
        <div className={classes.column}>
          <Panel title="Tell customers who you are">
            <NewVendorForm onDone={({ id }) => setChosen(id)} />
          </Panel>
        </div>
      )}
    </Page>
  );
}

const Stall = ({ id, pick }: { id: string; pick: ReactNode }) => {
  const { vendor, error, refetch, continuity } = useVendor(id);
  const [editing, setEditing] = useState(false);
  return (
    <Page title={vendor?.name ?? 'My stall'} aside={<ContinuityBadge of={continuity} label="Your stall" />}>
      <Stack gap="md" className={classes.column}>
        {pick}
        {error && !vendor && <Trouble error={error} retry={() => void refetch()} />}
        {!vendor && !error && <Skeleton height={180} radius="md" aria-hidden />}
        {vendor && (
          <>
            <OpenSwitch vendor={vendor} />
            <ShareSwitch vendor={vendor} />
            <Panel
              title="What customers read"
              actions={
                <Button
                  size="compact-sm"
                  variant="subtle"
                  leftSection={<PencilLine size={14} aria-hidden />}
                  onClick={() => setEditing(true)}
                >
                  Edit
                </Button>
              }
            >
              <Text size="sm" c="dimmed">
                {categoryName(vendor.category)}
              </Text>
              <Text mt={4} className={classes.description}>
                {vendor.description ?? 'Nothing yet. Say what you offer today: it helps people find you.'}
              </Text>
            </Panel>
            <Group justify="center">
              <Button
                component={Link}
                href={`/vendors/${encodeURIComponent(id)}/day`}
                variant="subtle"
                leftSection={<History size={16} aria-hidden />}
              >
                Where I was today
              </Button>
            </Group>
            {editing && <EditVendor vendor={vendor} onClose={() => setEditing(false)} />}
          </>
        )}
      </Stack>
    </Page>
  );
};
