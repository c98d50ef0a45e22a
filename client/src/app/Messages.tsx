import { Notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';

/** Where short messages appear; those said before it was loaded are kept and shown. */
export default function Messages() {
  return <Notifications position="bottom-center" limit={3} zIndex={300} />;
}
