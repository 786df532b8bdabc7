from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("digest", "0003_week_before"),
    ]

    operations = [
        migrations.AddField(model_name=model, name=name, field=models.FloatField(null=True))
        for model in ("enrollmentdigest", "studentdigest")
        for name in ("risk_low", "risk_high", "withdraw")
    ]
