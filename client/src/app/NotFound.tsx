import { Button } from '@mantine/core';
import { Compass } from 'lucide-react';
import { Link } from 'wouter';
import { Page } from './Page.tsx';
import { Notice } from './Trouble.tsx';

export const NotFound = () => (
  <Page title="Nothing here">
    <Notice icon={<Compass size={32} aria-hidden />} title="No page has this address">
      It may have been mistyped or cut off.
      <br />
      <Button component={Link} href="/" mt="md" variant="default">
        Go to the start
      </Button>
    </Notice>
  </Page>
);
export default NotFound;
