create table product (
    number       integer primary key,
    name         text    not null unique,
    cents        integer not null check (cents > 0),
    millilitres  integer not null,
    count        integer not null default 0
);

insert into product (number, name, cents, millilitres, count) values
    (1, 'Brown Betty',        2490, 1200, 14),
    (2, 'Cast iron, small',   5900,  600,  3),
    (3, 'Glass, with basket', 3450, 1000, 22),
    (4, 'Utah',               9900,  800,  1);
