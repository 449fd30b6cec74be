create table customer_order (
    number   integer primary key,
    placed   text    not null default current_timestamp,
    email    text    not null,
    cents    integer not null
);

create table order_line (
    customer_order integer not null references customer_order,
    product        integer not null references product,
    count          integer not null check (count > 0),
    primary key (customer_order, product)
);
