"""One file a page: what is asked, what is read, what the template is given."""
