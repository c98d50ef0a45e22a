import { notifications } from '@mantine/notifications';
import { sentence } from './problem.ts';

const closeButtonProps = { 'aria-label': 'Dismiss' };

export const notifyDone = (message: string): void => {
  notifications.show({ message, color: 'tide', closeButtonProps, withBorder: true, autoClose: 4000 });
};

/** For a failed action whose form is gone or never was; a form shows its own failure in place. */
export const notifyTrouble = (error: unknown): void => {
  const { title, next } = sentence(error);
  notifications.show({
    title,
    message: next,
    color: 'red',
    closeButtonProps,
    withBorder: true,
    autoClose: 8000,
    role: 'alert',
  });
};

/** For what we refuse before asking the server. */
export const notifyRefusal = (title: string, message: string): void => {
  notifications.show({
    title,
    message,
    color: 'red',
    closeButtonProps,
    withBorder: true,
    autoClose: 8000,
    role: 'alert',
  });
};
