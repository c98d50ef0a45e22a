import { Button, Group } from '@mantine/core';
import { LockKeyhole } from 'lucide-react';
import { Link } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { PLACES, type Place } from './navigation.ts';
import { Page } from './Page.tsx';
import { Notice } from './Trouble.tsx';

/** For who came by hand to a place that their menu does not offer: why there is nothing, and where there is something. */
export default function NotYours({ place, user }: { place: Place; user: User }) {
  return (
    <Page title={place.label}>
      <Notice
        icon={<LockKeyhole size={32} aria-hidden />}
        title={`“${place.label}” is not open to the role ${user.role.replaceAll('_', ' ')}`}
      >
        If it should be, ask an administrator of your company. Open to you:
        <Group component="ul" justify="center" gap="xs" mt="md" p={0} style={{ listStyle: 'none' }}>
          {PLACES.filter(({ allows }) => allows(user)).map(({ path, label, icon: Icon }) => (
            <li key={path}>
              <Button component={Link} href={path} variant="default" leftSection={<Icon size={16} aria-hidden />}>
                {label}
              </Button>
            </li>
          ))}
        </Group>
      </Notice>
    </Page>
  );
}
