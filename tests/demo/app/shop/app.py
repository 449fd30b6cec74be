"""The routes."""

from tinyweb import App, Response, redirect

from . import catalogue, database, templates
from .cart import Cart

app = App(__name__)


@app.get("/")
def index(request):
    return templates.render("index.html", products=catalogue.all())


@app.get("/product/<int:number>")
def product(request, number):
    found = catalogue.get(number)
    if found is None:
        return Response(templates.render("404.html", what="product"), status=404)
    return templates.render("product.html", product=found)


@app.post("/cart/add")
def add_to_cart(request):
    cart = Cart.of(request.session)
    cart.add(int(request.form["product"]), int(request.form.get("count", 1)))
    return redirect("/cart")


@app.get("/cart")
def show_cart(request):
    return templates.render("cart.html", cart=Cart.of(request.session))


@app.get("/brew")
def brew(request):
    """RFC 2324. The shop sells teapots."""
    return Response("I'm a teapot\n", status=418)


@app.get("/health")
def health(request):
    database.ping()
    return Response("ok\n")
